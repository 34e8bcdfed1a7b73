import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { quietly } from '../base/listeners.js';
import { brand } from '../base/package/brand.js';
import type { Cache as LarderCache } from '../cache/cache.js';
import type { Engine } from '../cache/engine.js';
import { encodePath } from '../keys/key.js';
import { type Box, boxOf, lifeOf } from './box.js';
import { BoxedReads, type Reading, type Source } from './boxed-reads.js';
import type { Cache, CacheEvents, CacheItem, RawValue, WrapOptions } from './cache.js';
import type { CacheManagerOptions } from './options.js';

/** The first part of the keys of all compatible caches. */
const FAMILY = 'cache-manager';

type Choices<T> = WrapOptions<T> & { readonly raw?: boolean };

/** The interface of `cache-manager` on a Larder cache. */
export class StringCache implements Cache {
  static {
    brand(StringCache, 'StringCache');
  }

  readonly stores: readonly never[] = Object.freeze([]);
  readonly #cache: LarderCache;
  readonly #engine: Engine;
  readonly #reads: BoxedReads;
  readonly #namespace: string;
  readonly #ttl: number | undefined;
  readonly #refreshThreshold: CacheManagerOptions['refreshThreshold'];
  readonly #id: string;
  readonly #events = new EventEmitter();

  /** @param options checked by `checkCompatOptions` */
  constructor(cache: LarderCache, engine: Engine, namespace: string, options: CacheManagerOptions) {
    this.#cache = cache;
    this.#engine = engine;
    this.#reads = new BoxedReads(engine);
    this.#namespace = namespace;
    this.#ttl = options.ttl;
    this.#refreshThreshold = options.refreshThreshold;
    this.#id = options.cacheId ?? randomUUID();
  }

  async get<T>(key: string): Promise<T | undefined> {
    try {
      const box = await this.#find(key);
      if (box === undefined) return undefined;
      const value = this.#reads.copy(box.value) as T;
      this.#emit('get', { key, value });
      return value;
    } catch (error) {
      this.#emit('get', { key, error });
      return undefined;
    }
  }

  async mget<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const boxes = await Promise.all(keys.map((key) => this.#find(key)));
    const values = boxes.map((box) => this.#reads.copy(box?.value) as T | undefined);
    this.#emit('mget', { keys, values });
    return values;
  }

  async ttl(key: string): Promise<number | undefined> {
    const box = await this.#find(key);
    if (box !== undefined) this.#emit('ttl', { key, value: box });
    return box?.expires;
  }

  async set<T>(key: string, value: T, ttl?: number): Promise<T> {
    try {
      await this.#store(key, value, ttl);
    } catch (error) {
      this.#emit('set', { key, value, error });
      throw error;
    }
    this.#emit('set', { key, value });
    return value;
  }

  async mset<T>(items: readonly CacheItem<T>[]): Promise<CacheItem<T>[]> {
    const list = items.map(({ key, value, ttl }) => ({ key, value, ttl: ttl ?? this.#ttl }));
    try {
      await Promise.all(list.map(({ key, value, ttl }) => this.#store(key, value, ttl)));
    } catch (error) {
      this.#emit('mset', { list, error });
      throw error;
    }
    this.#emit('mset', { list });
    return list;
  }

  async del(key: string): Promise<boolean> {
    await this.#cache.invalidate(this.#keyOf(key));
    this.#emit('del', { key });
    return true;
  }

  async mdel(keys: readonly string[]): Promise<boolean> {
    await this.#cache.invalidate(...keys.map((key) => this.#keyOf(key)));
    this.#emit('mdel', { keys });
    return true;
  }

  async clear(): Promise<boolean> {
    await this.#cache.invalidate([FAMILY, this.#namespace]);
    this.#emit('clear');
    return true;
  }

  wrap<T>(
    key: string,
    work: () => T | Promise<T>,
    ttl?: number | ((value: T) => number),
    refreshThreshold?: number | ((value: T) => number),
  ): Promise<T>;
  wrap<T>(key: string, work: () => T | Promise<T>, options: Choices<T> & { readonly raw: true }): Promise<RawValue<T>>;
  wrap<T>(key: string, work: () => T | Promise<T>, options: WrapOptions<T>): Promise<T>;
  async wrap<T>(
    key: string,
    work: () => T | Promise<T>,
    given?: number | ((value: T) => number) | Choices<T>,
    threshold?: number | ((value: T) => number),
  ): Promise<T | RawValue<T>> {
    const choices = typeof given === 'object' && given !== null ? given : { ttl: given, refreshThreshold: threshold };
    const { ttl, refreshThreshold, raw } = choices as Choices<T>;
    const life = (value: T) => this.#lifeOf(typeof ttl === 'function' ? ttl(value) : ttl);
    const path = this.#pathOf(key);
    const source = { work, life };
    const reading = await this.#reads.read(path, source);
    const found = reading.from === 'none' ? { value: await work() } : reading;
    if (reading.from === 'store') this.#refreshIfDue(key, path, source, reading, refreshThreshold);
    if (!raw) return found.value;
    const { value, expires } = found as RawValue<T>;
    return expires === undefined ? { value } : { value, expires };
  }

  on<Name extends keyof CacheEvents>(event: Name, listener: CacheEvents[Name]): EventEmitter {
    return this.#events.on(event, listener);
  }

  off<Name extends keyof CacheEvents>(event: Name, listener: CacheEvents[Name]): EventEmitter {
    return this.#events.off(event, listener);
  }

  async disconnect(): Promise<undefined> {
    return undefined;
  }

  cacheId(): string {
    return this.#id;
  }

  /**
   * Reads the response of a handler, or gets it by running the handler.
   *
   * @param segment the end of the path for one caller
   */
  answer<T>(
    key: string,
    segment: string,
    source: Omit<Source<T>, 'life'> & { readonly ttl: () => number | undefined },
  ): Promise<Reading<T>> {
    const { ttl, ...rest } = source;
    return this.#reads.read(this.#pathOf(key) + segment, { ...rest, life: () => this.#lifeOf(ttl()) });
  }

  #refreshIfDue<T>(
    key: string,
    path: string,
    source: Source<T>,
    { value, expires }: { readonly value: T; readonly expires?: number },
    given: number | ((value: T) => number) | undefined,
  ): void {
    const chosen = given ?? (this.#refreshThreshold as typeof given);
    const threshold = typeof chosen === 'function' ? chosen(value) : chosen;
    if (expires === undefined || threshold === undefined) return;
    if (Math.max(0, expires - this.#engine.context.clock.now()) >= threshold) return;
    void this.#reads.refresh(path, source, expires).then((run) => {
      if (run?.ended !== undefined) this.#emit('refresh', { key, value: run.ended.value });
      else if (run !== undefined) this.#emit('refresh', { key, value, error: run.problem });
    });
  }

  #find(key: string): Promise<Box | undefined> {
    return this.#cache.get<Box>(this.#keyOf(key));
  }

  async #store(key: string, value: unknown, ttl: number | undefined): Promise<void> {
    const life = this.#lifeOf(ttl);
    if (value === undefined || life <= 0) {
      await this.#cache.invalidate(this.#keyOf(key));
      return;
    }
    const { classes, clock } = this.#engine.context;
    const box = boxOf(value, life, clock.now(), classes);
    // A text, because a number below 1000 causes a warning: it may be meant as seconds.
    const span = life === Number.POSITIVE_INFINITY ? life : (`${life}ms` as const);
    await this.#cache.set(this.#keyOf(key), box, { ttl: span, jitter: 0 });
  }

  #lifeOf(ttl: number | undefined): number {
    return lifeOf(ttl ?? this.#ttl);
  }

  #keyOf(key: string): readonly [string, string, string] {
    return [FAMILY, this.#namespace, key];
  }

  #pathOf(key: string): string {
    return encodePath(this.#keyOf(key));
  }

  #emit<Name extends keyof CacheEvents>(event: Name, ...given: Parameters<CacheEvents[Name]>): void {
    quietly(() => this.#events.emit(event, ...given), `A listener for ${event} of the cache`)(undefined);
  }
}
