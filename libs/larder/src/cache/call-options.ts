import { encodePath, type Key } from '../keys/key.js';
import type { Target } from '../keys/target.js';
import type { CacheOptions, Policy } from './policy/policy.js';
import { ReadRequest } from './state/read-request.js';
import type { Callable } from './upkeep/cached-methods.js';

/** Options of a call that stores a given value: tags must be known before. */
export interface WriteOptions<T = unknown> extends Omit<CacheOptions<T>, 'dependsOn'> {
  readonly tags?: Extract<CacheOptions['tags'], readonly unknown[]>;
}

export interface WriteThroughOptions<T> extends WriteOptions<T> {
  /** Everything else that the write changed; a function gets the result. */
  readonly targets?: readonly Target[] | ((result: T) => readonly Target[]);
  /**
   * Whether an error of the write proves that it changed nothing, such as a rejection: then nothing is invalidated.
   * Default: never, because a write that failed may have been committed.
   */
  readonly unchangedOn?: (error: unknown) => boolean;
}

/** An Observable. By shape: the core does not depend on rxjs. */
export interface Subscribable {
  subscribe(observer: never): unknown;
}

/** How to get a key and a value from the parameters of a call. */
export interface WarmSource<Parameters extends readonly unknown[], T = unknown> extends CacheOptions<T> {
  readonly key: (...parameters: Parameters) => Key;
  readonly load: (...parameters: Parameters) => T | Promise<T>;
}

/** @param policy that of the options in the source */
export function callableOf<Parameters extends readonly unknown[]>(
  { key, load }: WarmSource<Parameters>,
  policy: Policy,
): Pick<Callable, 'requestFor'> {
  return {
    requestFor: (given) => {
      const parameters = given as Parameters;
      return new ReadRequest(encodePath(key(...parameters)), () => load(...parameters), policy);
    },
  };
}
