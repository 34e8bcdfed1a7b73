import { LarderDecoratorError } from '../../base/errors.js';
import type { ReadRequest } from '../state/read-request.js';

export type Arguments = readonly unknown[];

/** A method that the cache can call itself. */
export interface Callable {
  readonly name: string;
  /**
   * The read for a call with these parameters; `undefined` if the call would not use the cache.
   *
   * @throws LarderKeyError
   */
  requestFor(parameters: Arguments): ReadRequest | undefined;
  /** Lists the critical calls; `undefined` without critical calls. */
  readonly critical: (() => readonly Arguments[] | Promise<readonly Arguments[]>) | undefined;
}

/** The decorated methods of instances that live as long as the application; other instances would be retained. */
export class CachedMethods {
  /** By the function that callers pass to `warm`: one callable for each instance. */
  readonly #callables = new Map<unknown, Callable[]>();

  /** By instance and plan. */
  readonly #ofInstances = new WeakMap<object, Map<unknown, Callable>>();

  /** @param plan the frozen options of the decorator */
  add(method: unknown, instance: object, plan: unknown, callable: Callable): void {
    const known = this.#ofInstances.get(instance) ?? new Map<unknown, Callable>();
    this.#ofInstances.set(instance, known.set(plan, callable));
    this.#callables.set(method, [...(this.#callables.get(method) ?? []), callable]);
  }

  /** The method with this plan, if its instance lives as long as the application. */
  ofInstance(instance: object, plan: unknown): Callable | undefined {
    return this.#ofInstances.get(instance)?.get(plan);
  }

  critical(): Callable[] {
    return [...this.#callables.values()].flat().filter(({ critical }) => critical !== undefined);
  }

  /** By name, those that one instance has. */
  unambiguous(): ReadonlyMap<string, Callable> {
    const byName = new Map<string, Callable>();
    const ambiguous = new Set<string>();
    for (const callable of [...this.#callables.values()].flat()) {
      if (byName.has(callable.name)) ambiguous.add(callable.name);
      byName.set(callable.name, callable);
    }
    for (const name of ambiguous) byName.delete(name);
    return byName;
  }

  /** @throws LarderDecoratorError unless there is exactly one */
  of(method: (...parameters: never[]) => unknown): Callable {
    const [callable, ...others] = this.#callables.get(method) ?? [];
    if (callable === undefined) {
      throw new LarderDecoratorError(
        `${method.name || 'The function'} is not a @Cacheable method of an instance that Nest made once. ` +
          'Pass a method of a controller or provider, as in warm(items.one, …), or { key, load }.',
      );
    }
    if (others.length > 0) {
      throw new LarderDecoratorError(
        `${callable.name} is a method of ${others.length + 1} instances, so it is ambiguous. ` +
          'Pass { key, load } with a load that calls the right instance.',
      );
    }
    return callable;
  }
}
