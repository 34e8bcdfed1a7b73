import type { DiscoveryService, ExternalContextCreator } from '@nestjs/core';
import { AsyncScope } from '../../base/async-scope.js';
import { LarderDecoratorError } from '../../base/errors.js';
import type { Engine } from '../../cache/engine.js';
import type { OnRead } from '../../cache/observed/observed-load.js';
import { tagNames } from '../../cache/policy/policy.js';
import { segmentFor } from '../../decorators/handler.js';
import { type CacheablePlan, pathOf } from '../../decorators/plan.js';
import { handlerOf, type Woven } from '../../decorators/weave.js';
import { idOf } from '../../keys/key.js';
import { copyMetadata } from '../../nest/copy-metadata.js';
import { PARAMETER_KINDS as KINDS, ROUTE_PARAMETERS } from '../../nest/route-metadata.js';
import type { ValueDependencies } from './rooms.js';
import { noResponse, type ParameterPlace, type SocketRequest } from './socket-request.js';

type Wrapper = ReturnType<DiscoveryService['getControllers']>[number];
type Handler = (...parameters: never[]) => Promise<unknown>;
type Ask = (request: SocketRequest) => Promise<unknown>;

/** What the value of a query depends on by its declaration. */
export interface Dependencies {
  /** Equal for all subscriptions that get the same value. */
  readonly name: string;
  readonly slots: readonly number[];
}

/** What a subscriber has read. */
export interface Read {
  readonly value: unknown;
  readonly dependencies: ValueDependencies;
}

/** A read that runs: its handler notes here what the value depends on. */
interface RunningRead {
  dependencies: ValueDependencies;
}

interface RouteParameter {
  readonly index: number;
  readonly data?: unknown;
}

/** A cached route that sockets can subscribe to. Guards and pipes of the route run for each subscription, as for a request. */
export class LiveQuery {
  readonly name: string;
  /** Where the route reads its arguments from, in the order of the method's parameters. */
  readonly places: readonly ParameterPlace[];
  /** What a call depends on. Rejects with the error of a guard or pipe that refuses the caller. */
  readonly dependencies: (request: SocketRequest) => Promise<Dependencies>;
  /** What a value depends on whose load does not show it, such as one that is not stored. */
  readonly unknown: 'own' | 'any' | 'retry';
  readonly #ask: Ask;
  readonly #reads = new AsyncScope<RunningRead>();

  constructor(
    { instance, host }: Wrapper,
    private readonly plan: CacheablePlan,
    contexts: ExternalContextCreator,
    private readonly engine: Engine,
  ) {
    this.name = plan.name();
    this.unknown = plan.options.dependsOn !== undefined ? 'retry' : plan.valueTags !== undefined ? 'any' : 'own';
    const methods = instance as Record<string | symbol, Handler>;
    const handler = methods[plan.property] as Handler;
    const property = String(plan.property);
    this.places = placesOf(instance as object, property);
    const around = (callback: Handler, interceptors: boolean): Ask => {
      copyMetadata(handler, callback);
      const creator = inModule(contexts, host?.token ?? '', plan.name());
      const options = { guards: true, filters: false, interceptors };
      const call = creator.create(
        instance as object & Record<string, unknown>,
        callback as (...parameters: unknown[]) => unknown,
        property,
        ROUTE_PARAMETERS,
        { exchangeKeyForValue },
        undefined,
        undefined,
        options,
        'http',
      );
      return (request) => call(request, noResponse(), () => {});
    };
    this.dependencies = around(
      async (...given) => this.#dependenciesOf(instance as Woven, given),
      false,
    ) as LiveQuery['dependencies'];
    const call: Handler = (...given) => handler.apply(instance, given);
    this.#ask = around(this.isKnownByValue ? this.#noting(instance as Woven, call) : call, true);
  }

  /** Whether only a value shows all that it depends on: its method has `dependsOn` or `valueTags`. */
  get isKnownByValue(): boolean {
    return this.unknown !== 'own';
  }

  /** The value after the interceptors of the route. Rejects with the error that the route throws. */
  async read(request: SocketRequest): Promise<Read> {
    if (!this.isKnownByValue) return { value: await this.#ask(request), dependencies: 'own' };
    const running: RunningRead = { dependencies: this.unknown };
    try {
      const value = await this.#reads.enter(running, () => this.#ask(request));
      return { value, dependencies: running.dependencies };
    } finally {
      this.#reads.leave();
    }
  }

  /** The W3C traceparent of the span that runs now; `undefined` unless a tracer records it. */
  get traceparent(): string | undefined {
    return this.engine.context.tracing.tracer?.traceparent;
  }

  async #dependenciesOf(instance: Woven, given: never[]): Promise<Dependencies> {
    const { engine, plan } = this;
    const path = await this.#pathOf(instance, given);
    const tags = tagNames(plan.tags.apply(instance, this.#parametersIn(instance, given)));
    return { name: JSON.stringify([path, ...tags]), slots: engine.context.slots.ofEntry(path, tags) };
  }

  /** With the caller's segment: a write for one caller does not notify the others. */
  async #pathOf(instance: Woven, given: never[]): Promise<string> {
    const { plan } = this;
    const shared = pathOf(plan.key.apply(instance, this.#parametersIn(instance, given)), plan, instance);
    return shared + segmentFor(await handlerOf(instance, plan)?.admit(given));
  }

  #parametersIn(instance: Woven, given: never[]): never[] {
    return handlerOf(instance, this.plan)?.parametersIn(given) ?? given;
  }

  /** Calls the handler, and notes what the cached value of this call depends on. Other values that it reads do not count. */
  #noting(instance: Woven, call: Handler): Handler {
    const { chain, table } = this.engine.context;
    return async (...given) => {
      const read = this.#reads.current;
      const id = idOf(await this.#pathOf(instance, given));
      const onRead: OnRead = ({ id: other, slots, stamp }) => {
        if (other !== id || read === undefined) return;
        read.dependencies = { slots, isCurrent: () => table.unchangedSince(stamp, slots) };
      };
      return chain.observe(this.name, onRead, () => call(...given));
    };
  }
}

/**
 * `ExternalContextCreator` looks up guards and pipes in the module of a class, and finds that module for providers only. For a
 * controller it would leave out all guards. This function gives it the module.
 */
function inModule(contexts: ExternalContextCreator, module: string, query: string): ExternalContextCreator {
  let isAsked = false;
  const tell = () => {
    isAsked = true;
    return module;
  };
  const told: ExternalContextCreator = Object.create(contexts, {
    getHostModuleKey: { value: tell },
    getContextModuleKey: { value: tell },
  });
  const create: ExternalContextCreator['create'] = (...parameters) => {
    const call = contexts.create.apply(told, parameters as never);
    if (isAsked) return call as never;
    throw new LarderDecoratorError(
      `The guards of ${query} cannot be found by this version of Nest. Switch LARDER_LIVE_QUERIES off.`,
    );
  };
  return Object.assign(Object.create(told), { create });
}

function placesOf(instance: object, property: string): ParameterPlace[] {
  const noted: Record<string, RouteParameter> =
    Reflect.getMetadata(ROUTE_PARAMETERS, instance.constructor, property) ?? {};
  const places = Object.entries(noted).flatMap(([key, { index, data }]): { index: number; place: ParameterPlace }[] => {
    const kind = Number(key.split(':')[0]);
    const name = typeof data === 'string' ? data : undefined;
    if (key.includes('customRouteArgs')) return [];
    if (kind === KINDS.query) return [{ index, place: { in: 'query', name } }];
    return kind === KINDS.param ? [{ index, place: { in: 'params', name } }] : [];
  });
  return places.sort((one, other) => one.index - other.index).map(({ place }) => place);
}

/** Nest calls this to fill a parameter of the route. */
function exchangeKeyForValue(kind: number, data: unknown, [asking, response]: readonly unknown[]): unknown {
  const { query, params, headers, ip } = asking as SocketRequest;
  const of = (values: Readonly<Record<string, unknown>>) => (typeof data === 'string' ? values[data] : values);
  switch (kind) {
    case KINDS.request:
      return asking;
    case KINDS.response:
      return response;
    case KINDS.query:
      return of(query);
    case KINDS.param:
      return of(params);
    case KINDS.headers:
      return typeof data === 'string' ? headers[data.toLowerCase()] : headers;
    case KINDS.ip:
      return ip;
    default:
      return undefined;
  }
}
