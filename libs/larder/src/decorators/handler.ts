import { brand } from '../base/package/brand.js';
import type { Engine } from '../cache/engine.js';
import type { CacheablePlan, Plan } from './plan.js';

/** Which callers share the value of a call: all callers, one caller or scope, or none (not cached), with the reason. */
export type Admission =
  | { readonly to: 'all' }
  /** @property segment the suffix of the path for this caller */
  | { readonly to: 'caller'; readonly segment: string }
  | { readonly to: 'none'; readonly reason: string };

/** The suffix of the path for the caller; empty if all callers share the value. */
export function segmentFor(admission: Admission | undefined): string {
  return admission?.to === 'caller' ? admission.segment : '';
}

/** Handles calls of one decorated method that a transport calls, or whose instances serve one request each. */
export interface Handler {
  /** Answers a call in the transport's own way; `undefined` to leave it to the decorator. */
  answer?(engine: Engine, plan: CacheablePlan, instance: unknown, given: never[]): Promise<unknown> | undefined;
  /** The method's own parameters among those that Nest passes. */
  parametersIn(given: never[]): never[];
  /** The path of a call without a request; `undefined` if the path depends on the request, so that the call is not cached. */
  withoutRequest(path: string): string | undefined;
  /** Decides which callers share the value of this call. */
  admit(given: never[]): Admission | Promise<Admission>;
}

/** A call of a decorated method, with the method's own parameters. */
export interface HandledCall<P extends Plan> {
  readonly engine: Engine;
  readonly plan: P;
  readonly instance: unknown;
  readonly given: never[];
  readonly parameters: never[];
}

/** The handlers of one application: the decorators' view of its transports. */
export abstract class Handlers {
  static {
    brand(Handlers, 'Handlers');
  }

  /** @returns `undefined` for a method that only other code calls, on an instance that Nest makes once */
  abstract of(instance: object, plan: Plan): Handler | undefined;
}
