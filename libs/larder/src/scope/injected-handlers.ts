import type { ModulesContainer } from '@nestjs/core';
import { type Handler, Handlers } from '../decorators/handler.js';
import type { Plan } from '../decorators/plan.js';
import { HANDLERS, type Woven } from '../decorators/weave.js';
import { CalledMethod } from './called-method.js';
import type { HandlerRegistry } from './handler-registry.js';

/**
 * The handlers that Nest injects into every instance with decorated methods. The first call checks whether the instance is
 * the only one of a provider, and then replaces this object by the right handlers.
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

/** The handlers of instances that code made with `ModuleRef.create`: their values may depend on more than the key. */
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

/** Whether an instance is the only one of a provider in some module, including modules that were loaded later. */
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
