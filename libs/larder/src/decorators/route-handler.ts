import type { Engine } from '../cache/engine.js';
import type { CacheablePlan, Original } from './plan.js';

/** Answers the calls of cached methods that a request has made: what the decorators need of a transport. */
export abstract class RouteHandler {
  /** @returns `undefined` for a call that no request has made */
  abstract answer(
    engine: Engine,
    plan: CacheablePlan,
    instance: unknown,
    original: Original,
    parameters: never[],
  ): Promise<unknown> | undefined;

  /** @returns the path of a call that no request makes; `undefined` where only a request can tell it, so that none is stored */
  abstract withoutRequest(plan: CacheablePlan, instance: unknown, path: string): string | undefined;
}
