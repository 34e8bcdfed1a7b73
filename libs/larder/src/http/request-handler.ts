import type { Clock } from '../base/clock.js';
import type { Engine } from '../cache/engine.js';
import type { Entry } from '../cache/entries/entry.js';
import type { Policy } from '../cache/policy/policy.js';
import { type ReadOutcome, ReadRequest } from '../cache/state/read-request.js';
import { type Admission, type Handler, segmentFor } from '../decorators/handler.js';
import type { CacheablePlan } from '../decorators/plan.js';
import { pathOf, policyOfCall } from '../decorators/plan.js';
import { noteMiss, prefetchAfter } from '../decorators/replay.js';
import { callForFile, callUncached } from '../decorators/weave.js';
import { idOf } from '../keys/key.js';
import { CachedFile, isSharedFile } from '../nest/cached-file.js';
import { type Admissions, ALL_CALLERS } from '../scope/admission.js';
import { askedFor } from './response/cache-control.js';
import type { CachedRoute } from './route/cached-route.js';
import { ANSWER, Answer, type AnsweredRequest, type Forwarded } from './route/request.js';
import type { VariantPlace } from './route/variants.js';

/** The call of a cached method by a request. */
interface RouteCall {
  readonly engine: Engine;
  readonly admissions: Admissions;
  readonly plan: CacheablePlan;
  readonly route: CachedRoute;
  readonly request: AnsweredRequest;
  readonly instance: unknown;
  /** All arguments that Nest passed, the added request included. */
  readonly given: never[];
}

/** Answers the requests to one cached method of a controller. */
export class RequestHandler implements Handler {
  readonly #admissions: Admissions;
  readonly #route: CachedRoute;
  readonly #others: Handler;

  /** @param others the handler of calls without an HTTP request */
  constructor(admissions: Admissions, route: CachedRoute, others: Handler) {
    this.#admissions = admissions;
    this.#route = route;
    this.#others = others;
  }

  parametersIn(given: never[]): never[] {
    return this.#others.parametersIn(given);
  }

  admit(given: never[]): ReturnType<Handler['admit']> {
    const request = this.#route.requestIn(given);
    if (request === undefined) return this.#others.admit(given);
    return this.#admissions.admit(this.#route, this.#route.callerOf(request));
  }

  withoutRequest(path: string): string | undefined {
    const { variants } = this.#route;
    return variants === undefined ? path : variants.withoutRequest(path);
  }

  answer(engine: Engine, plan: CacheablePlan, instance: unknown, given: never[]): Promise<unknown> | undefined {
    const route = this.#route;
    const request = route.requestIn(given);
    if (request === undefined) return undefined;
    return answerRequest({ engine, admissions: this.#admissions, plan, route, request, instance, given });
  }
}

/** Answers a request that has passed guards and pipes, and stores the {@link Answer} on it for the responder. */
function answerRequest(call: RouteCall): Promise<unknown> {
  const { admissions, given, instance, plan, request, route } = call;
  const parameters = route.parametersIn(given) as never[];
  const keyParameters = route.keyParametersIn(parameters) as never[];
  if (plan.when !== undefined && !plan.when.apply(instance, keyParameters)) return pass(call, parameters, 'bypass');
  const admission = route.scope === 'shared' ? ALL_CALLERS : admissions.admit(route, route.callerOf(request));
  if (!(admission instanceof Promise)) return answerAs(call, admission, parameters, keyParameters);
  return admission.then((admitted) => answerAs(call, admitted, parameters, keyParameters));
}

function answerAs(
  call: RouteCall,
  admission: Admission,
  parameters: never[],
  keyParameters: never[],
): Promise<unknown> {
  if (admission.to === 'none') return pass(call, parameters, 'bypass', admission.reason);
  const { engine, instance, plan, request, route } = call;
  const asked = route.http?.revalidate === true ? askedFor(request.headers['cache-control']) : 'anything';
  if (asked === 'unstored') return pass(call, parameters, 'request');
  const key = plan.key.apply(instance, keyParameters);
  if (route.letsEveryQueryIn(key, parameters)) engine.context.report({ type: 'query-undeclared', method: plan.name() });
  const place = placeOf(call, pathOf(key, plan, instance));
  if ('reason' in place) return pass(call, parameters, 'bypass', place.reason);
  const path = place.path + segmentFor(admission);
  const policy = engine.policyOf(plan);
  const entry = policy.strong || asked === 'new' ? undefined : engine.finder.hitEntry(idOf(path), policy.counters);
  if (entry !== undefined) {
    const value = entry.served;
    request[ANSWER] = new Answer(route, 'hit', value, entry);
    return prepared(call, entry.unfreezable ? Promise.resolve(value) : entry.promise, keyParameters);
  }
  const kept = policyOfCall(engine, plan, instance, keyParameters);
  // A background refresh has no caller, therefore only values for every caller can be refreshed.
  if (admission.to === 'all' && route.variants === undefined) {
    noteMiss(engine, plan, path, instance, parameters);
  }
  return prepared(call, bring(call, path, parameters, kept, asked === 'new'), keyParameters);
}

/** The path of the variant that a request selects, or the reason why none is stored for it. */
function placeOf({ engine, plan, request, route }: RouteCall, path: string): VariantPlace {
  if (route.variants === undefined) return { path };
  try {
    return route.variants.below(path, request);
  } catch (error) {
    engine.context.report({ type: 'vary-failed', method: plan.name(), error });
    return { reason: 'vary failed' };
  }
}

/** Starts the prefetches that follow this call. */
function prepared(
  { engine, plan, instance }: RouteCall,
  answer: Promise<unknown>,
  parameters: never[],
): Promise<unknown> {
  if (plan.prefetch !== undefined) prefetchAfter(answer, engine, plan, instance, parameters);
  return answer;
}

/** Reads through the cache: waits for a load in flight, or starts one. */
async function bring(
  { engine, plan, request, route, instance, given }: RouteCall,
  path: string,
  parameters: never[],
  policy: Policy,
  isAskedForNew: boolean,
): Promise<unknown> {
  const { reader, context } = engine;
  const read = new ReadRequest(path, (loading) => callForFile(plan, instance, parameters, given, loading), policy);
  const shared = await (isAskedForNew ? reader.reload(read) : reader.read(read));
  const value = isSharedFile(shared) ? await shared.forCaller() : shared;
  const entry =
    shared instanceof CachedFile
      ? read.entry
      : (holding(value, read.entry) ?? holding(value, context.store.peek(idOf(path))));
  request[ANSWER] = new Answer(route, forwardedBy(read.outcome, entry, isAskedForNew, context.clock), value, entry);
  return value;
}

/** The entry, if it holds this object. */
function holding(value: unknown, entry: Entry | undefined): Entry | undefined {
  return entry?.value === value ? entry : undefined;
}

function forwardedBy(outcome: ReadOutcome, entry: Entry | undefined, isAskedForNew: boolean, clock: Clock): Forwarded {
  if (entry !== undefined && entry.expiresAt <= clock.elapsed()) return 'stale';
  if (outcome === 'stored') return 'hit';
  if (isAskedForNew) return 'request';
  return outcome === 'coalesced' ? 'collapsed' : 'miss';
}

/** Runs the method uncached. */
function pass(
  { engine, instance, plan, request, route, given }: RouteCall,
  parameters: never[],
  forwarded: Forwarded,
  detail?: string,
): Promise<unknown> {
  request[ANSWER] = new Answer(route, forwarded, undefined, undefined, detail);
  return callUncached(engine, plan, instance, parameters, given);
}
