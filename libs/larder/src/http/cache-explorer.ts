import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, HttpAdapterHost } from '@nestjs/core';
import { LarderDecoratorError, LarderOptionsError } from '../base/errors.js';
import { Engine, unobserved } from '../cache/engine.js';
import { addMethods } from '../decorators/method-registration.js';
import { isCacheable, isInPlace, type Plan, plansOf } from '../decorators/plan.js';
import { ENGINE, HANDLERS, type Woven } from '../decorators/weave.js';
import { globalsOf } from '../nest/route-metadata.js';
import { HandlerRegistry, type Route } from '../scope/handler-registry.js';
import { SharedMethods } from '../scope/shared-methods.js';
import { TwinMethods } from '../scope/twin-methods.js';
import { HttpCache } from './http-cache.js';
import { type Adapter, answerThrough, platformOf } from './install.js';
import { problemsOfHandler } from './unfit-handlers.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Inspects every class with decorated methods when the application starts. Refuses methods that cannot be cached, and gives
 * the engine to instances that a factory made, into which Nest does not inject.
 */
@Injectable()
export class CacheExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly engine: Engine,
    private readonly http: HttpCache,
    private readonly handlers: HandlerRegistry,
    private readonly adapterHost: HttpAdapterHost,
    private readonly contexts: ExternalContextCreator,
  ) {
    // In the constructor: Nest and its packages read the metadata of handlers before `onModuleInit`.
    for (const { metatype } of this.#wrappers) {
      if (typeof metatype === 'function') this.#addHandlers(metatype as Type<unknown>);
    }
  }

  /**
   * @throws LarderDecoratorError that lists every method that cannot be cached, with the reason
   * @throws LarderOptionsError if a method depends on its queries, and loads are not observed
   */
  onModuleInit(): void {
    const problems: string[] = [];
    const known = new Set<object>();
    const shared = new SharedMethods();
    const twins = new TwinMethods();
    for (const wrapper of this.#wrappers) {
      const { instance } = wrapper;
      if (typeof instance !== 'object' || instance === null || known.has(instance)) continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      const plans = plansInPlace(prototype);
      if (prototype === null || plans.length === 0) continue;
      known.add(instance);
      const of = prototype.constructor as Type<unknown>;
      problems.push(...plans.flatMap((plan) => [...problemsOfHandler(of, plan), ...this.handlers.problemsOf(plan)]));
      const unobservedPlan = this.engine.isObserving ? undefined : plans.find(({ options }) => options.dependsOn);
      if (unobservedPlan !== undefined) throw new LarderOptionsError([unobserved(unobservedPlan.name())]);
      problems.push(...this.#take(instance, of));
      // A class whose instances a factory makes is only known from its instance.
      this.#addHandlers(of);
      const lasts = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      twins.add(of, lasts ? plans : plans.filter(({ options }) => options.scope !== undefined));
      if (!lasts) {
        this.handlers.addPerRequest(of, plans);
        continue;
      }
      shared.add(of, plans);
      addMethods(this.engine, instance, prototype);
    }
    const globals = globalsOf(this.contexts);
    problems.push(
      ...shared.problems(),
      ...twins.problems(),
      ...this.handlers.check(globals.isGuarded),
      ...this.http.check(globals),
    );
    if (problems.length > 0) throw new LarderDecoratorError([...new Set(problems)].join('\n'));
    if (this.http.routes.length > 0) this.#answerRequests();
  }

  get #wrappers(): Wrapper[] {
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()];
  }

  #addHandlers(of: Type<unknown>): void {
    const prototype = of.prototype as object | undefined;
    const plans = prototype ? plansOf(prototype) : [];
    if (plans.length > 0) this.handlers.add(of, plans, (one, plan) => this.#routeOf(one, plan));
  }

  #routeOf(of: Type<unknown>, plan: Plan): Route | undefined {
    const route = isCacheable(plan) ? this.http.add(of, plan) : undefined;
    return route && { subject: route, handlerAround: (others) => this.http.handlerOf(route, others) };
  }

  /** Gives the engine to an instance; replaces the engine of an application that has closed. */
  #take(instance: Woven, { name }: Type<unknown>): string[] {
    const engine = instance[ENGINE];
    if (engine !== undefined && engine !== this.engine && !engine.isClosed) {
      return [
        `Two running applications share an instance of ${name}, and an instance can use only one cache. ` +
          'Give each application its own instance: useClass or useFactory instead of useValue.',
      ];
    }
    instance[ENGINE] = this.engine;
    instance[HANDLERS] = this.handlers;
    return [];
  }

  #answerRequests(): void {
    // `createApplicationContext` and `createMicroservice` have no HTTP adapter.
    const adapter = this.adapterHost.httpAdapter as Adapter | null | undefined;
    const platform = adapter ? platformOf(adapter) : undefined;
    if (!adapter || platform === undefined) return;
    const lane = this.http.hasFastLane ? this.http.lane : undefined;
    answerThrough(adapter, platform, this.engine, this.http.bodies, lane);
    lane?.standBefore(adapter.getHttpServer());
  }
}

/** The plans of a class, without those of methods that a subclass overrides. */
function plansInPlace(prototype: object | null | undefined): Plan[] {
  return prototype ? plansOf(prototype).filter((plan) => isInPlace(prototype, plan)) : [];
}
