import { LarderDecoratorError } from '../../base/errors.js';
import type { ReadRequest } from '../state/read-request.js';

/** The parameters of one call. */
export type Arguments = readonly unknown[];

/** A method that the cache can call by itself. */
export interface Callable {
  readonly name: string;
  /**
   * A read for a call with these parameters, `undefined` where it would not use the cache.
   *
   * @throws LarderKeyError
   */
  requestFor(parameters: Arguments): ReadRequest | undefined;
  /** The calls whose values are to be there always; `undefined` if none are. */
  readonly critical: (() => readonly Arguments[] | Promise<readonly Arguments[]>) | undefined;
}

/** The decorated methods of instances that live as long as the application. Of no others: these would be kept alive. */
export class CachedMethods {
  /** By the function that callers know a method by: one for each instance. */
  readonly #callables = new Map<unknown, Callable[]>();

  /** By instance and plan. */
  readonly #ofInstances = new WeakMap<object, Map<unknown, Callable>>();

  /** @param plan what the method was decorated with */
  add(method: unknown, instance: object, plan: unknown, callable: Callable): void {
    const known = this.#ofInstances.get(instance) ?? new Map<unknown, Callable>();
    this.#ofInstances.set(instance, known.set(plan, callable));
    this.#callables.set(method, [...(this.#callables.get(method) ?? []), callable]);
  }

  /** The method with a plan, of an instance that lasts; `undefined` if it does not. */
  ofInstance(instance: object, plan: unknown): Callable | undefined {
    return this.#ofInstances.get(instance)?.get(plan);
  }

  critical(): Callable[] {
    return [...this.#callables.values()].flat().filter(({ critical }) => critical !== undefined);
  }

  /** @throws LarderDecoratorError unless there is just one */
  of(method: (...parameters: never[]) => unknown): Callable {
    const [callable, ...others] = this.#callables.get(method) ?? [];
    if (callable === undefined) {
      throw new LarderDecoratorError(
        `${method.name || 'A function'} is no method with @Cacheable of an instance that Nest made once. ` +
          'Give a method of such a controller or provider, as in warm(items.one, …), or { key, load }.',
      );
    }
    if (others.length > 0) {
      throw new LarderDecoratorError(
        `${callable.name} is a method of ${others.length + 1} instances, so it is not known whose is meant. ` +
          'Give { key, load } with a load that calls the right one.',
      );
    }
    return callable;
  }
}
