import type { ModulesContainer } from '@nestjs/core';
import { type Handler, Handlers } from '../decorators/handler.js';
import type { Plan } from '../decorators/plan.js';
import { HANDLERS, type Woven } from '../decorators/weave.js';
import { CalledMethod } from './called-method.js';
import type { HandlerRegistry } from './handler-registry.js';

/**
 * What Nest injects into every instance with decorated methods. The first call finds out whether the application has the
 * instance once, and then puts in its place what answers for such an instance.
 */
export class InjectedHandlers extends Handlers {
  readonly #registry: HandlerRegistry;
  readonly #modules: ModulesContainer;
  readonly #ofMade: Handlers;

  constructor(registry: HandlerRegistry, modules: ModulesContainer) {
    super();
    this.#registry = registry;
    this.#modules = modules;
    this.#ofMade = new MadeInstances(registry);
  }

  of(instance: Woven, plan: Plan): Handler | undefined {
    const handler = this.#registry.of(instance, plan);
    if (handler !== undefined) return handler;
    const handlers = isKept(this.#modules, instance) ? this.#registry : this.#ofMade;
    instance[HANDLERS] = handlers;
    return handlers.of(instance, plan);
  }
}

/** Of instances that code has made with `ModuleRef.create`: each may know something that its key does not tell. */
class MadeInstances extends Handlers {
  readonly #registry: HandlerRegistry;
  readonly #handlers = new WeakMap<Plan, Handler>();

  constructor(registry: HandlerRegistry) {
    super();
    this.#registry = registry;
  }

  of(instance: object, plan: Plan): Handler {
    return this.#registry.of(instance, plan) ?? this.#handlers.get(plan) ?? this.#handlerOf(plan);
  }

  #handlerOf(plan: Plan): Handler {
    const { scope } = plan.options;
    const subject = { name: plan.name(), scope, guarded: false, isPerRequest: true, isCalled: false };
    const handler = new CalledMethod(subject, this.#registry.admissions, undefined);
    this.#handlers.set(plan, handler);
    return handler;
  }
}

/** Whether a module has an instance as the only one of a provider: modules that were loaded later included. */
function isKept(modules: ModulesContainer, instance: object): boolean {
  for (const { providers, controllers, injectables, middlewares } of modules.values()) {
    for (const wrappers of [providers, controllers, injectables, middlewares]) {
      for (const wrapper of wrappers.values()) {
        if (wrapper.instance === instance) return wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      }
    }
  }
  return false;
}
