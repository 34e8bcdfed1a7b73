/** Options of {@link Cache.wrap}. */
export interface WrapOptions<T> {
  /** Milliseconds, or a function of the value; 0 for no expiry. Default: the module's `ttl`. */
  readonly ttl?: number | ((value: T) => number);
  /**
   * A hit with less than this left of its TTL, in milliseconds, loads a new value in the background. Default: the module's
   * `refreshThreshold`.
   */
  readonly refreshThreshold?: number | ((value: T) => number);
}

/** A value with the time of its expiry, in milliseconds since the epoch; without one it does not expire. */
export interface RawValue<T> {
  readonly value: T;
  readonly expires?: number;
}

/** A value to store, by its key. `ttl` in milliseconds; 0 for no expiry. */
export interface CacheItem<T> {
  readonly key: string;
  readonly value: T;
  readonly ttl?: number;
}

/** What the listeners of {@link Cache.on} receive. */
export interface CacheEvents {
  get: (event: { key: string; value?: unknown; error?: unknown }) => void;
  mget: (event: { keys: readonly string[]; values?: readonly unknown[]; error?: unknown }) => void;
  ttl: (event: { key: string; value?: unknown; error?: unknown }) => void;
  set: (event: { key: string; value: unknown; error?: unknown }) => void;
  mset: (event: { list: readonly CacheItem<unknown>[]; error?: unknown }) => void;
  del: (event: { key: string; error?: unknown }) => void;
  mdel: (event: { keys: readonly string[]; error?: unknown }) => void;
  clear: (error?: unknown) => void;
  refresh: (event: { key: string; value: unknown; error?: unknown }) => void;
}

/**
 * A cache with text keys and the interface of `cache-manager` 7. The token `CACHE_MANAGER` and this class inject it. Callers
 * get copies that they may change. TTLs are in milliseconds; 0 means no expiry.
 *
 * @example
 * ```ts
 * await store.set('rates', { EUR: 1 }, 60_000);
 * const rates = await store.get<Record<string, number>>('rates');
 * ```
 */
export abstract class Cache {
  /** Always empty: Larder stores in memory and in `LARDER_REDIS_URL`. */
  abstract readonly stores: readonly never[];
  /** The value of a key; `undefined` if there is none. */
  abstract get<T>(key: string): Promise<T | undefined>;
  /** The values of keys, in their order. */
  abstract mget<T>(keys: readonly string[]): Promise<(T | undefined)[]>;
  /** When a key expires, in milliseconds since the epoch; `undefined` if it does not, or is not stored. */
  abstract ttl(key: string): Promise<number | undefined>;
  /**
   * Stores a value and returns it. An instance of a class is stored only if the option `classes` of `LarderModule` names it.
   *
   * @throws LarderValueError naming what cannot be stored; LarderOptionsError for an invalid TTL
   */
  abstract set<T>(key: string, value: T, ttl?: number): Promise<T>;
  /** Stores values, and returns them with their TTLs. */
  abstract mset<T>(list: readonly CacheItem<T>[]): Promise<CacheItem<T>[]>;
  /** Removes a key on every node. */
  abstract del(key: string): Promise<boolean>;
  /** Removes keys on every node. */
  abstract mdel(keys: readonly string[]): Promise<boolean>;
  /** Removes all keys of this namespace on every node. */
  abstract clear(): Promise<boolean>;
  /**
   * The value of a key, or else the result of `work`, which is stored. Concurrent callers share one run of `work`. With
   * `raw: true` the value comes with the time of its expiry.
   */
  abstract wrap<T>(
    key: string,
    work: () => T | Promise<T>,
    ttl?: number | ((value: T) => number),
    refreshThreshold?: number | ((value: T) => number),
  ): Promise<T>;
  abstract wrap<T>(
    key: string,
    work: () => T | Promise<T>,
    options: WrapOptions<T> & { readonly raw: true },
  ): Promise<RawValue<T>>;
  abstract wrap<T>(key: string, work: () => T | Promise<T>, options: WrapOptions<T>): Promise<T>;
  /** Adds a listener. One that throws changes no result. */
  abstract on<Name extends keyof CacheEvents>(event: Name, listener: CacheEvents[Name]): unknown;
  /** Removes a listener. */
  abstract off<Name extends keyof CacheEvents>(event: Name, listener: CacheEvents[Name]): unknown;
  /** Does nothing: Larder disconnects when the application closes. */
  abstract disconnect(): Promise<undefined>;
  /** The name given by the option `cacheId`, or a random one. */
  abstract cacheId(): string;
}
