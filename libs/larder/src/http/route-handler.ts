import type { Clock } from '../base/clock.js';
import type { Engine } from '../cache/engine.js';
import type { Entry } from '../cache/entries/entry.js';
import type { Outcome } from '../cache/policy/policy.js';
import { tagNames } from '../cache/policy/policy.js';
import type { CacheablePlan, Original } from '../decorators/plan.js';
import { pathOf } from '../decorators/plan.js';
import { noteReload, prefetchAfter } from '../decorators/replay.js';
import type { RouteHandler } from '../decorators/route-handler.js';
import { idOf, pathOfUser } from '../keys/key.js';
import type { HttpCaching } from './http-cache.js';
import { askedFor } from './response/cache-control.js';
import type { CachedRoute } from './route/cached-route.js';
import { ANSWER, Answer, type AnsweredRequest, type Forwarded } from './route/request.js';
import type { Admission } from './route/scope-guard.js';
import type { VariantPlace } from './route/variants.js';

/** A cached method that a request has reached. */
interface RouteCall {
  readonly engine: Engine;
  readonly http: HttpCaching;
  readonly plan: CacheablePlan;
  readonly route: CachedRoute;
  readonly request: AnsweredRequest;
  readonly instance: unknown;
  readonly original: Original;
}

/** Answers the requests that reach cached methods of controllers. */
export class HttpRouteHandler implements RouteHandler {
  readonly #http: HttpCaching;

  constructor(http: HttpCaching) {
    this.#http = http;
  }

  answer(
    engine: Engine,
    plan: CacheablePlan,
    instance: unknown,
    original: Original,
    parameters: never[],
  ): Promise<unknown> | undefined {
    const http = this.#http;
    const route = http.routeOf((instance as object).constructor, plan);
    const request = route?.requestIn(parameters);
    if (route === undefined || request === undefined) return undefined;
    return answerRequest({ engine, http, plan, route, request, instance, original }, parameters);
  }

  withoutRequest(plan: CacheablePlan, instance: unknown, path: string): string | undefined {
    if (!this.#http.hasVariants) return path;
    const variants = this.#http.routeOf((instance as object).constructor, plan)?.variants;
    return variants === undefined ? path : variants.withoutRequest(path);
  }
}

/** Answers a request that has passed guards and pipes, and leaves with it what it was answered from. */
function answerRequest(call: RouteCall, given: never[]): Promise<unknown> {
  const { http, plan, request, route } = call;
  const parameters = route.parametersIn(given) as never[];
  const keyParameters = route.keyParametersIn(parameters) as never[];
  if (plan.when !== undefined && !plan.when(...keyParameters)) return pass(call, parameters, 'bypass');
  const admission = http.guard.admit(route, request);
  if (!(admission instanceof Promise)) return answerAs(call, admission, parameters, keyParameters);
  return admission.then((admitted) => answerAs(call, admitted, parameters, keyParameters));
}

function answerAs(
  call: RouteCall,
  admission: Admission,
  parameters: never[],
  keyParameters: never[],
): Promise<unknown> {
  if (admission.to === 'nobody') return pass(call, parameters, 'bypass', admission.reason);
  const { engine, plan, request, route } = call;
  const asked = route.http?.revalidate === true ? askedFor(request.headers['cache-control']) : 'anything';
  if (asked === 'unstored') return pass(call, parameters, 'request');
  const key = plan.key(...keyParameters);
  if (route.letsEveryQueryIn(key, parameters)) engine.parts.report({ type: 'query-undeclared', method: plan.name() });
  const place = placeOf(call, pathOf(engine, key, plan));
  if ('reason' in place) return pass(call, parameters, 'bypass', place.reason);
  const shared = place.path;
  const path = admission.to === 'user' ? pathOfUser(shared, admission.identity) : shared;
  const policy = engine.policyOf(plan);
  const entry = policy.strong || asked === 'new' ? undefined : engine.reader.hitEntry(idOf(path), policy.counters);
  if (entry !== undefined) {
    const value = entry.served;
    request[ANSWER] = new Answer(route, 'hit', value, entry);
    return prepared(call, entry.unfreezable ? Promise.resolve(value) : entry.promise, keyParameters);
  }
  const tags = tagNames(plan.tags(...keyParameters));
  // A call that is made again later is nobody's.
  if (admission.to === 'everybody' && route.variants === undefined)
    noteReload(engine, plan, path, call.instance, parameters);
  return prepared(call, bring(call, path, parameters, tags, asked === 'new'), keyParameters);
}

/** Where the variant lies that a request gets, or why none is stored for it. */
function placeOf({ engine, plan, request, route }: RouteCall, path: string): VariantPlace {
  if (route.variants === undefined) return { path };
  try {
    return route.variants.below(path, request);
  } catch (error) {
    engine.parts.report({ type: 'vary-failed', method: plan.name(), error });
    return { reason: 'vary failed' };
  }
}

/** Has what is likely to be asked for next prepared. */
function prepared(
  { engine, plan, instance }: RouteCall,
  answer: Promise<unknown>,
  parameters: never[],
): Promise<unknown> {
  if (plan.prefetch !== undefined) prefetchAfter(answer, engine, plan, instance, parameters);
  return answer;
}

/** Loads what is not there, or waits for who does. */
async function bring(
  { engine, plan, request, route, instance, original }: RouteCall,
  path: string,
  parameters: never[],
  tags: readonly string[],
  isAskedForNew: boolean,
): Promise<unknown> {
  const { reader, parts } = engine;
  const outcome: Outcome = { came: 'stored' };
  const policy = { ...engine.policyOf(plan), tags, outcome };
  const load = () => original.apply(instance, parameters);
  const value = await (isAskedForNew ? reader.reload(path, load, policy) : reader.read(path, load, policy));
  const entry = holding(value, outcome.entry) ?? holding(value, parts.store.peek(idOf(path)));
  request[ANSWER] = new Answer(route, forwardedBy(outcome, entry, isAskedForNew, parts.clock), value, entry);
  return value;
}

/** An entry if it holds this very value. */
function holding(value: unknown, entry: Entry | undefined): Entry | undefined {
  return entry?.value === value ? entry : undefined;
}

function forwardedBy({ came }: Outcome, entry: Entry | undefined, isAskedForNew: boolean, clock: Clock): Forwarded {
  if (entry !== undefined && entry.expiresAt <= clock.elapsed()) return 'stale';
  if (came === 'stored') return 'hit';
  if (isAskedForNew) return 'request';
  return came === 'joined' ? 'collapsed' : 'miss';
}

/** Runs the method as if there were no cache. */
function pass(
  { instance, original, request, route }: RouteCall,
  parameters: never[],
  forwarded: Forwarded,
  detail?: string,
): Promise<unknown> {
  request[ANSWER] = new Answer(route, forwarded, undefined, undefined, detail);
  return original.apply(instance, parameters);
}
