import 'reflect-metadata';
import { Inject, Optional, StreamableFile } from '@nestjs/common';
import { isObservable, type Observable } from 'rxjs';
import { RELEASE } from '../base/package/copies.js';
import { Engine } from '../cache/engine.js';
import type { LoadContext } from '../cache/state/read-request.js';
import { toSharedFile } from '../nest/cached-file.js';
import { copyMetadata } from '../nest/copy-metadata.js';
import { transportsOf } from '../nest/handler-parameters.js';
import { asObservable, declaresObservable, lastValueOf, onlyValueOf, undeclared } from '../nest/observable.js';
import { type Handler, Handlers } from './handler.js';
import { addPlan, type CacheableBatchPlan, type CacheablePlan, type Original, type Plan, PROTOTYPE } from './plan.js';

/** The member of an instance with its engine. */
export const ENGINE = Symbol.for(`${RELEASE} engine`);
/** The member of an instance with the handlers of its application. */
export const HANDLERS = Symbol.for(`${RELEASE} handlers`);
// The members into which Nest, or a test, injects them.
const GIVEN_ENGINE = Symbol.for(`${RELEASE} engine, as injected`);
const GIVEN_HANDLERS = Symbol.for(`${RELEASE} handlers, as injected`);
/** On a method that a decorator has replaced: the previous method. */
const REPLACED = Symbol.for(`${RELEASE} replaced method`);

export type Woven = { [ENGINE]?: Engine; [HANDLERS]?: Handlers };

/** The handler of a method that a transport calls, in the application of this instance. */
export function handlerOf(instance: unknown, plan: Plan): Handler | undefined {
  return (instance as Woven)[HANDLERS]?.of(instance as object, plan);
}

/** Carries out a plan for one call. */
export type Execute<P extends Plan> = (engine: Engine, plan: P, instance: unknown, given: never[]) => Promise<unknown>;

/**
 * Replaces a method by one that carries out the plan, and makes Nest inject the engine into the instances of its class
 * (property injection works for controllers, providers and gateways of every scope, and is inherited). An instance without an
 * engine, which Nest did not make or whose application lacks LarderModule, runs its methods uncached.
 */
export function weave<P extends Plan>(
  target: object,
  descriptor: PropertyDescriptor,
  plan: P,
  execute: Execute<P>,
): void {
  const { original } = plan;
  const promised = function (this: Woven, ...given: never[]): Promise<unknown> {
    const engine = this?.[ENGINE];
    if (engine === undefined) return withoutEngine(target, plan, this, given);
    return execute(engine, plan, this, given);
  };
  const woven = declaresObservable(target, plan.property) ? asObservable<Woven>(promised) : promised;
  copyMetadata(original, woven);
  Object.defineProperty(woven, REPLACED, { value: original });
  descriptor.value = woven;
  addPlan(target, plan);
  inject(target, Engine, GIVEN_ENGINE, ENGINE);
  inject(target, Handlers, GIVEN_HANDLERS, HANDLERS);
}

/**
 * Calls the method itself, with the parameters that it declares. If another decorator of ours is below, it gets all parameters
 * that Nest passed, because it needs the caller too. An Observable becomes a promise: of its only value, or of the last value
 * of a write.
 *
 * @param context of the load, if the call is one: its signal ends the subscription
 */
export function callOriginal(
  plan: Plan,
  instance: unknown,
  parameters: never[],
  given: never[],
  context?: LoadContext,
): Promise<unknown> {
  const { original } = plan;
  const passed = REPLACED in original ? ([...parameters, ...given.slice(parameters.length)] as never[]) : parameters;
  const result: unknown = original.apply(instance, passed);
  return isObservable(result) ? promiseOf(result, plan, instance as Woven, context) : (result as Promise<unknown>);
}

/** The same for a call that does not use the cache, and counts it. @param values how many values it asks for */
export function callUncached(
  engine: Engine,
  plan: CacheablePlan | CacheableBatchPlan,
  instance: unknown,
  parameters: never[],
  given: never[],
  values = 1,
): Promise<unknown> {
  engine.policyOf(plan).counters.bypassed += values;
  return callOriginal(plan, instance, parameters, given);
}

/** The same for a value to store. */
export function callForValue(
  plan: CacheablePlan,
  instance: unknown,
  parameters: never[],
  given: never[],
  context: LoadContext,
): Promise<unknown> {
  if (plan.maxFileSize === undefined) return callOriginal(plan, instance, parameters, given, context);
  return callForFile(plan, instance, parameters, given, context);
}

/** The same for a route, which may return a file: callers can share it. */
export async function callForFile(
  plan: CacheablePlan,
  instance: unknown,
  parameters: never[],
  given: never[],
  context?: LoadContext,
): Promise<unknown> {
  const value = await callOriginal(plan, instance, parameters, given, context);
  if (!(value instanceof StreamableFile)) return value;
  return toSharedFile(value, plan.maxFileSize, () => callForFile(plan, instance, parameters, given));
}

function promiseOf(
  result: Observable<unknown>,
  plan: Plan,
  instance: Woven,
  context: LoadContext | undefined,
): Promise<unknown> {
  const { kind, target, property } = plan;
  const method = (target as Record<string | symbol, object>)[property] as object;
  // Nest takes a promise as well as an Observable; other callers use what they get.
  if (!declaresObservable(target, property) && transportsOf(method).length === 0) {
    return Promise.reject(undeclared(plan.name()));
  }
  const { clock } = (instance[ENGINE] as Engine).context;
  const isRead = kind === 'cacheable' || kind === 'cacheable-batch';
  return isRead ? onlyValueOf(result, clock, plan.name(), context?.signal) : lastValueOf(result);
}

/** The method as written in its class, without our decorators. */
export function writtenMethod(method: Original): Original {
  let written: Original & { readonly [REPLACED]?: Original } = method;
  while (written[REPLACED] !== undefined) written = written[REPLACED];
  return written;
}

/** Ignores a mock that a test module injected in place of the engine. */
function inject(
  target: object,
  token: typeof Engine | typeof Handlers,
  given: symbol,
  place: typeof ENGINE | typeof HANDLERS,
): void {
  Inject(token)(target, given);
  Optional()(target, given);
  if (given in target) return;
  Object.defineProperty(target, given, {
    configurable: true,
    set(this: Woven, value: unknown) {
      if (!(value instanceof token)) return;
      keep(this, place, value);
      keep(this, PROTOTYPE, Object.getPrototypeOf(this));
    },
  });
}

function keep(instance: object, member: symbol, value: unknown): void {
  Object.defineProperty(instance, member, { value, configurable: true, writable: true });
}

const SAID = 'larder:said-no-engine';

function withoutEngine(target: object, plan: Plan, instance: unknown, given: never[]): Promise<unknown> {
  if (!isTest() && Reflect.getOwnMetadata(SAID, target) !== true) {
    Reflect.defineMetadata(SAID, true, target);
    process.emitWarning(
      `${plan.name()} runs without a cache: its instance was not made by Nest, or its application does not import ` +
        'LarderModule. Import LarderModule.forRoot() in the root module.',
      { type: 'LarderWarning', code: 'LARDER_NO_MODULE' },
    );
  }
  return plan.original.apply(instance, given);
}

function isTest(): boolean {
  const { NODE_ENV, JEST_WORKER_ID, VITEST } = process.env;
  return NODE_ENV === 'test' || JEST_WORKER_ID !== undefined || VITEST !== undefined;
}
