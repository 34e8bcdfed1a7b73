import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Engine } from '../cache/engine.js';
import { LarderDecoratorError } from '../errors.js';
import { addMethods } from './decorated-method.js';
import { nameOf, type Plan, plansOf } from './plan.js';
import { ENGINE, type Woven } from './weave.js';

// How Nest notes what a route is made of. It has no public reader for these.
const ROUTE_PARAMETERS = '__routeArguments__';
const RESPONSE_PARAMETER = /^1:/;
const SERVER_SENT_EVENTS = '__sse__';

/**
 * Looks once at every class with decorated methods when the application starts: refuses what cannot work, and gives the
 * engine to instances that a factory made, which Nest does not inject into.
 */
@Injectable()
export class DecoratorExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly engine: Engine,
  ) {}

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
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient || known.has(instance)) continue;
      known.add(instance);
      addMethods(this.engine, instance, prototype);
    }
    if (problems.length > 0) throw new LarderDecoratorError(problems.join('\n'));
  }
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
