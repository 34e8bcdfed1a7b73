import type { Engine } from '../cache/engine.js';
import type { CacheablePlan, Original, Plan } from './plan.js';

/** Whose value a call may have: everybody's, that of one caller, tenant or the like, or no stored one for a reason. */
export type Admission =
  | { readonly to: 'everybody' }
  /** @property segment what comes behind the path that all share */
  | { readonly to: 'caller'; readonly segment: string }
  | { readonly to: 'nobody'; readonly reason: string };

/** What tells apart the callers of a method; empty where all may have the same. */
export function segmentFor(admission: Admission | undefined): string {
  return admission?.to === 'caller' ? admission.segment : '';
}

/** One decorated method that calls reach through a transport, or whose instances serve one request each. */
export interface Handler {
  /** The answer to a call where the transport has a manner of its own; `undefined` where the decorator answers. */
  answer?(
    engine: Engine,
    plan: CacheablePlan,
    instance: unknown,
    original: Original,
    given: never[],
  ): Promise<unknown> | undefined;
  /** What the method itself gets of what Nest gives. */
  parametersIn(given: never[]): never[];
  /** The path of a call that no request makes; `undefined` where only a request can tell it, so that none is stored. */
  withoutRequest(path: string): string | undefined;
  /** Whose value this call may have. */
  admit(given: never[]): Admission | Promise<Admission>;
}

/** A call of a decorated method, with what the method itself gets of what Nest gave. */
export interface HandledCall<P extends Plan> {
  readonly engine: Engine;
  readonly plan: P;
  readonly instance: unknown;
  readonly original: Original;
  readonly given: never[];
  readonly parameters: never[];
}

/** The handlers of one application: what the decorators need of its transports. */
export abstract class Handlers {
  /** @returns `undefined` for a method that only other code calls, of an instance that lasts */
  abstract of(instance: object, plan: Plan): Handler | undefined;
}
