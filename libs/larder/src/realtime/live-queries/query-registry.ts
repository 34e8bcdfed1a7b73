import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator } from '@nestjs/core';
import { LarderQueryError } from '../../base/errors.js';
import { Engine } from '../../cache/engine.js';
import { type CacheablePlan, isCacheable, type Plan, plansOf } from '../../decorators/plan.js';
import { GUARDS, INTERCEPTORS, METHOD, PIPES } from '../../nest/route-metadata.js';
import { LiveQuery } from './live-query.js';

type Wrapper = ReturnType<DiscoveryService['getControllers']>[number];

const ENHANCERS = [GUARDS, PIPES, INTERCEPTORS];

/**
 * The cached GET routes of an application, by the names that statistics use: `Class.method`, or that of `@CacheName`. Cached
 * methods of providers are not queries: no client could call them over HTTP.
 */
@Injectable()
export class QueryRegistry implements OnModuleInit {
  readonly #found = new Map<string, LiveQuery>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly contexts: ExternalContextCreator,
    private readonly engine: Engine,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getControllers()) {
      const prototype: object | undefined = wrapper.metatype?.prototype;
      for (const plan of prototype === undefined ? [] : plansOf(prototype)) {
        if (isCacheable(plan) && isGet(prototype as object, plan)) this.#add(wrapper, plan);
      }
    }
  }

  /** @throws LarderQueryError if there is no such query */
  named(name: string): LiveQuery {
    const query = this.#found.get(name);
    if (query === undefined) throw new LarderQueryError(name);
    return query;
  }

  #add(wrapper: Wrapper, plan: CacheablePlan): void {
    if (this.#isWhole(wrapper, plan))
      this.#found.set(plan.name(), new LiveQuery(wrapper, plan, this.contexts, this.engine));
  }

  /**
   * Whether all guards, pipes and interceptors of the route can run for its query too. Nest silently leaves out those that it
   * cannot find. A missing guard would admit every caller, therefore these routes are not queries.
   */
  #isWhole(wrapper: Wrapper, plan: CacheablePlan): boolean {
    const { instance, metatype, host } = wrapper;
    const handler = (instance as Record<string | symbol, object>)[plan.property] as object;
    const enhancers = ENHANCERS.flatMap((kind) =>
      [metatype, handler].flatMap((place) => (Reflect.getMetadata(kind, place as object) ?? []) as unknown[]),
    );
    const isFound = enhancers.every((enhancer) => typeof enhancer !== 'function' || host?.injectables.has(enhancer));
    const isScoped = (one: Wrapper) => one.subtype !== undefined && !one.isDependencyTreeStatic();
    return isFound && wrapper.isDependencyTreeStatic() && !this.discovery.getProviders().some(isScoped);
  }
}

function isGet(prototype: object, { property }: Plan): boolean {
  const handler = (prototype as Record<string | symbol, object>)[property] as object;
  return Reflect.getMetadata(METHOD, handler) === RequestMethod.GET;
}
