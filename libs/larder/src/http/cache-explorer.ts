import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, HttpAdapterHost } from '@nestjs/core';
import { LarderDecoratorError } from '../base/errors.js';
import { Engine } from '../cache/engine.js';
import { addMethods } from '../decorators/method-registration.js';
import { type CacheablePlan, nameOf, ownPlansOf, type Plan, plansOf } from '../decorators/plan.js';
import { RouteHandler } from '../decorators/route-handler.js';
import { ENGINE, ROUTE_HANDLER, type Woven } from '../decorators/weave.js';
import { globalsOf, PARAMETER_KINDS, ROUTE_PARAMETERS, SERVER_SENT_EVENTS } from '../nest/route-metadata.js';
import { HttpCaching } from './http-cache.js';
import { type Adapter, answerThrough, platformOf } from './install.js';

const RESPONSE_PARAMETER = new RegExp(`^${PARAMETER_KINDS.response}:`);

/**
 * Looks once at every class with decorated methods when the application starts: refuses what cannot work, and gives the
 * engine to instances that a factory made, which Nest does not inject into.
 */
@Injectable()
export class DecoratorExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly engine: Engine,
    private readonly http: HttpCaching,
    private readonly routeHandler: RouteHandler,
    private readonly adapterHost: HttpAdapterHost,
    private readonly contexts: ExternalContextCreator,
  ) {
    // Nest reads what routes are made of after all instances are there, and before `onModuleInit`.
    for (const { metatype } of discovery.getControllers()) {
      if (typeof metatype === 'function') this.#addRoutes(metatype as Type<unknown>);
    }
  }

  /** @throws LarderDecoratorError naming every method that cannot be cached, and why */
  onModuleInit(): void {
    const problems: string[] = [];
    const known = new Set<object>();
    for (const wrapper of [...this.discovery.getControllers(), ...this.discovery.getProviders()]) {
      const { instance } = wrapper;
      if (typeof instance !== 'object' || instance === null) continue;
      const prototype: object | null = Object.getPrototypeOf(instance);
      const plans = prototype === null ? [] : plansOf(prototype);
      if (prototype === null || plans.length === 0) continue;
      problems.push(...plans.flatMap((plan) => problemsOf(prototype, plan)));
      (instance as Woven)[ENGINE] ??= this.engine;
      (instance as Woven)[ROUTE_HANDLER] ??= this.routeHandler;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient || known.has(instance)) continue;
      known.add(instance);
      addMethods(this.engine, instance, prototype);
    }
    if (this.http.routes.length > 0) {
      problems.push(...this.http.check(globalsOf(this.contexts)));
      this.#answerRequests();
    }
    if (problems.length > 0) throw new LarderDecoratorError(problems.join('\n'));
  }

  #addRoutes(controller: Type<unknown>): void {
    for (const plan of plansOf(controller.prototype as object)) {
      if (isCacheable(plan) && isInPlace(controller.prototype as object, plan)) this.http.add(controller, plan);
    }
  }

  #answerRequests(): void {
    const adapter = this.adapterHost.httpAdapter as Adapter | undefined;
    const platform = adapter && platformOf(adapter);
    if (adapter === undefined || platform === undefined) return;
    const lane = this.http.hasFastLane ? this.http.lane : undefined;
    answerThrough(adapter, platform, this.engine, this.http.bodies, lane);
    lane?.standBefore(adapter.getHttpServer());
  }
}

function isCacheable(plan: Plan): plan is CacheablePlan {
  return plan.kind === 'cacheable';
}

/** Whether a plan is that of the method a class has, and not of one that a subclass replaced. */
function isInPlace(prototype: object, plan: Plan): boolean {
  let level: object | null = prototype;
  while (level !== null && !Object.hasOwn(level, plan.property)) level = Object.getPrototypeOf(level);
  return level !== null && ownPlansOf(level).includes(plan);
}

function problemsOf(prototype: object, plan: Plan): string[] {
  if (plan.kind !== 'cacheable' && plan.kind !== 'cacheable-batch') return [];
  const name = nameOf(prototype, plan.property);
  const route = Reflect.getMetadata(ROUTE_PARAMETERS, prototype.constructor, plan.property) ?? {};
  const handler: unknown = (prototype as Record<string | symbol, unknown>)[plan.property];
  const returned: unknown = Reflect.getMetadata('design:returntype', prototype, plan.property);
  const problems: string[] = [];
  if (Object.keys(route).some((parameter) => RESPONSE_PARAMETER.test(parameter))) {
    problems.push(`${name} takes @Res(), so a hit could not answer. Return the body instead, or take @Cacheable away.`);
  }
  if (typeof handler === 'function' && Reflect.getMetadata(SERVER_SENT_EVENTS, handler)) {
    problems.push(`${name} is a stream of server-sent events. Take @Cacheable away.`);
  }
  if (typeof returned === 'function' && returned.name === 'Observable') {
    problems.push(`${name} returns an Observable. Return a promise, or take @Cacheable away.`);
  }
  return problems;
}
