import { mapInBatches } from '../base/batches.js';
import { LarderOptionsError } from '../base/errors.js';
import type { Tracer } from '../base/signals/tracer.js';
import { demandFunction, demandList, demandOptions, unknownOptions } from '../base/suggestion.js';
import { type Duration, toMilliseconds } from '../base/units.js';
import { encodePath, idOf, type Key } from '../keys/key.js';
import type { Target } from '../keys/target.js';
import { type CacheHealth, healthOf } from './cache-health.js';
import {
  callableOf,
  type Subscribable,
  type WarmSource,
  type WriteOptions,
  type WriteThroughOptions,
} from './call-options.js';
import type { Engine } from './engine.js';
import type { FleetStats } from './fleet/fleet-stats.js';
import { WriteBatch } from './observed/writing.js';
import { type CacheOptions, optionsIn, type Policy, refuseDependsOn } from './policy/policy.js';
import type { LoadMany } from './reads/batch/batch.js';
import type { EntryInfo } from './reads/inspector.js';
import { type ScopedCaller, segmentOf } from './reads/scoped-caller.js';
import { MAX_NAMED } from './state/diagnostics.js';
import type { ChangedValues } from './state/hit-audit.js';
import { type Load, ReadRequest } from './state/read-request.js';
import type { WarmReport } from './state/warm-report.js';
import type { Advice } from './stats/advice.js';
import type { RedisStats } from './stats/redis-stats.js';
import type { CacheStats } from './stats/statistics.js';
import type { WarmOptions } from './upkeep/warmer.js';
import type { Origin } from './versions/journal.js';
import { type InvalidateAllOptions, type InvalidationReport, invalidateAll } from './writes/bulk-invalidation.js';
import { slotsOfTargets } from './writes/target-slots.js';
import type { WritePolicy } from './writes/value-setter.js';

/**
 * The cache. It returns the stored object itself, deeply frozen; copy it before you change it. Errors of a load or a write
 * reach the caller unchanged; faults of the cache itself do not.
 *
 * @example
 * ```ts
 * const tournament = await cache.getOrLoad(['tournaments', id], () => database.findTournament(id), { ttl: '10m' });
 * await cache.invalidate(['tournaments', id]);
 * ```
 */
export class Cache {
  readonly #engine: Engine;
  readonly #plain: Policy;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#plain = engine.policy({});
  }

  /**
   * Returns the value stored under a key, or loads it. Concurrent callers share one load; if it fails, all of them get its
   * error, and the next call loads again. `undefined` and `null` are returned but not stored.
   *
   * @throws LarderKeyError, LarderOptionsError
   */
  getOrLoad<T>(key: Key, load: Load<T>, options?: CacheOptions<T>): Promise<T> {
    try {
      const { finder, reader, context } = this.#engine;
      const hit = options?.consistency === 'strong' ? undefined : finder.hitKey(key, context.statistics.direct);
      if (hit !== undefined) return hit as Promise<T>;
      const path = encodePath(key);
      demandFunction(load, 'load of getOrLoad');
      return reader.read(new ReadRequest(path, load, this.#policy(options as CacheOptions))) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The value stored under a key, or `undefined` if none can be served.
   *
   * @throws LarderKeyError
   */
  get<T>(key: Key): Promise<T | undefined> {
    try {
      const hit = this.#engine.finder.hitKey(key, this.#plain.counters);
      return (hit ?? this.#getConfirmed(encodePath(key))) as Promise<T | undefined>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The value stored in the memory of this process, at once, or `undefined` if none can be served without a question to Redis.
   * Does not load, and counts no miss.
   *
   * @throws LarderKeyError
   *
   * @example
   * ```ts
   * const rate = cache.getFromMemory<number>(['rates', 'EUR']) ?? 1;
   * ```
   */
  getFromMemory<T>(key: Key): T | undefined {
    const { context, finder } = this.#engine;
    const entry = finder.findFresh(idOf(encodePath(key)));
    if (entry === undefined || WriteBatch.unsettled !== undefined) return undefined;
    entry.hits++;
    finder.count(entry, this.#plain.counters, context.clock.turn());
    finder.inherit(entry);
    return entry.served as T;
  }

  /**
   * Whether `get` would return a stored value.
   *
   * @throws LarderKeyError
   */
  async has(key: Key): Promise<boolean> {
    const path = encodePath(key);
    if (WriteBatch.unsettled !== undefined) await WriteBatch.unsettled.settle();
    return (
      (this.#engine.finder.findFresh(idOf(path)) ?? (await this.#engine.finder.lookUp(path, this.#plain))) !== undefined
    );
  }

  /**
   * Stores a value, `null` and `undefined` too. Invalidates the key, and all keys below it, on every node.
   *
   * @throws LarderKeyError, LarderValueError, LarderOptionsError
   */
  set<T>(key: Key, value: T, options?: WriteOptions<NoInfer<T>>): Promise<void> {
    return this.setMany([[key, value]], options);
  }

  /**
   * Reads many keys, in their order; one call of `load` gets those that are neither stored nor being loaded. It must return
   * one value per missing key, `undefined` for those that do not exist.
   *
   * @throws LarderKeyError, LarderBatchError, LarderOptionsError
   */
  async getMany<T>(keys: readonly Key[], load: LoadMany<T>, options?: CacheOptions<T>): Promise<(T | undefined)[]> {
    demandList(keys, 'keys of getMany', 'keys');
    demandFunction(load, 'load of getMany');
    const policy = this.#policy(options as CacheOptions);
    return (await this.#engine.batches.getMany(keys, load, policy)) as (T | undefined)[];
  }

  /**
   * Stores many values, a thousand per step, as {@link set} does.
   *
   * @throws LarderKeyError, LarderValueError, LarderOptionsError; nothing is stored then
   */
  setMany<T>(entries: readonly (readonly [Key, T])[], options?: WriteOptions<NoInfer<T>>): Promise<void> {
    const { context, writer } = this.#engine;
    try {
      const policy = this.#writePolicy(options, 'a value that is set');
      demandList(entries, 'entries of setMany', '[key, value]');
      const encoded = mapInBatches(entries, (entry) => {
        demandList(entry, 'entry of setMany', 'a key and its value');
        return [encodePath(entry[0]), entry[1]] as const;
      });
      const stored =
        encoded instanceof Promise
          ? writer.follow(encoded.then((all) => writer.set(all, policy)))
          : writer.set(encoded, policy);
      const { audit } = context;
      if (audit === undefined) return stored;
      return stored.then(() =>
        audit.wrote(
          undefined,
          entries.map(([key]) => key),
        ),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs a write, then invalidates the key and `targets`, then stores the result. If another write of the key overlapped, the
   * key is only invalidated, because the order of the two writes is unknown.
   *
   * @throws LarderKeyError, LarderOptionsError before the write runs; any error of the write
   */
  writeThrough<T>(key: Key, write: () => T | Promise<T>, options: WriteThroughOptions<T> = {}): Promise<T> {
    try {
      demandFunction(write, 'write of writeThrough');
      demandOptions(options, 'options of writeThrough');
      const { targets = [], unchangedOn, ...rest } = options;
      if (unchangedOn !== undefined && typeof unchangedOn !== 'function') {
        throw new LarderOptionsError([
          `invalid unchangedOn of writeThrough: got ${String(unchangedOn)}, expected a function of the error`,
        ]);
      }
      const { writer, context } = this.#engine;
      const slots = (result: T) => {
        const changed = typeof targets === 'function' ? targets(result) : targets;
        context.audit?.wrote(undefined, [key, ...changed]);
        return slotsOfTargets(context, changed);
      };
      const policy = this.#writePolicy(rest, 'a write-through');
      return writer.through(encodePath(key), write, slots, policy, unchangedOn);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Invalidates everything the targets cover, in one step: a key covers itself and the keys below it, `pattern('*')` covers
   * everything. The cost does not depend on the number of entries. Once it has resolved, this node serves none of them. More
   * than 5,000 targets take several steps. For more than about 100,000, the most arguments of a call in JavaScript, use
   * {@link invalidateAll}.
   *
   * @returns `delivered: false` if other nodes have not been notified yet; they will be
   * @throws LarderKeyError; nothing is invalidated then
   */
  invalidate(...targets: readonly Target[]): Promise<{ delivered: boolean }> {
    return this.#invalidate(targets);
  }

  /**
   * Invalidates the targets of rows changed in a marked transaction, like {@link invalidate}, but keeps the value of the
   * write-through with this mark: it does not count as an overlapping write, and does not repeat the write-through's own
   * invalidations. The change feed calls it.
   *
   * @param mark the value of `larder.mark` in the transaction; an unknown mark is ignored
   * @throws LarderKeyError; nothing is invalidated then
   */
  invalidateMarked(mark: string, targets: readonly Target[]): Promise<{ delivered: boolean }> {
    return this.#invalidate(targets, mark);
  }

  /**
   * Invalidates the entries that depend on these things that their loads were observed to read. The change feed calls it.
   *
   * @param show names a thing for people
   * @internal
   */
  invalidateDependencies(names: readonly string[], show = (name: string) => name): Promise<{ delivered: boolean }> {
    const { context, writer } = this.#engine;
    const slots = new Set(names.map((name) => context.slots.ofDependency(name)));
    return writer.invalidateCommitted([...slots], () => names.slice(0, MAX_NAMED).map(show));
  }

  /**
   * Resolves when this node serves nothing that was invalidated on any node before the call; with `false` if that could not be
   * done in time.
   *
   * @internal
   */
  async catchUp(): Promise<boolean> {
    const { journal, sync } = this.#engine.context;
    return sync.isLocal || ((await journal.catchUp?.()) ?? false);
  }

  /**
   * Remembers a row that changed in a watched table, to explain findings of the audit. The change feed calls it. `undefined`
   * without the option `audit`.
   */
  get rowChanged(): ((table: string, row: ChangedValues) => void) | undefined {
    const { audit } = this.#engine.context;
    return audit && ((table, row) => audit.rowChanged(table, row));
  }

  /**
   * Traces the loads and invalidations of this cache, and what the change feed and live queries do with it. Default: none.
   * `traceCache` of `nest-larder/opentelemetry` sets one.
   */
  get tracer(): Tracer | undefined {
    return this.#engine.context.tracing.tracer;
  }

  set tracer(tracer: Tracer | undefined) {
    this.#engine.context.tracing.tracer = tracer;
  }

  /**
   * Lets the audit wait for the change feed before it calls a value stale. The change feed calls it.
   *
   * @param sinceRead milliseconds since the moment up to which every change is delivered; `undefined` if the feed cannot tell
   */
  followFeed(sinceRead: () => number | undefined): void {
    this.#engine.context.audit?.followFeed(sinceRead);
  }

  #invalidate(targets: readonly Target[], mark?: string): Promise<{ delivered: boolean }> {
    const { context, writer } = this.#engine;
    try {
      context.audit?.wrote(undefined, targets);
      const slots = slotsOfTargets(context, targets);
      if (!(slots instanceof Promise)) return writer.invalidate(slots, targets, mark);
      return writer.follow(slots.then((found) => writer.invalidate(found, targets, mark)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs work and, with the option `diagnostics`, records on every node that its invalidations come from `origin`. Without
   * the option it only runs the work. Requests and jobs of a Nest application are attributed already.
   *
   * @param origin a text, of which Redis stores 100 bytes; if calls are nested, the inner one counts
   * @example
   * ```ts
   * await cache.attribute('console', () => cache.invalidate(['reports']));
   * ```
   */
  attribute<T>(origin: Origin, work: () => T): T {
    const { diagnostics } = this.#engine.context;
    return diagnostics === undefined ? work() : diagnostics.attribute(origin, work);
  }

  /**
   * Runs work, such as a transaction, and holds every invalidation made in it (by `invalidate`, `writeThrough` and the
   * decorators) until it has succeeded, so that no caller reloads uncommitted data. If it throws, they are dropped.
   * Inside the work, `invalidate` resolves with `delivered: false`.
   *
   * @throws any error of the work
   *
   * @example
   * ```ts
   * await cache.deferInvalidations(() => database.transaction(() => transferTicket()));
   * ```
   */
  async deferInvalidations<T>(work: () => Promise<T>): Promise<T> {
    demandFunction(work, 'work of deferInvalidations');
    return this.#engine.writer.defer(work);
  }

  /**
   * Loads values before a caller asks for them, a few at a time. Present values are left alone, and of several processes one
   * loads a value. A failed load is listed in the report and stops nothing.
   *
   * @param source a method with `@Cacheable` of an instance that Nest made once (`warm(items.one, …)`), also one that returns an
   *   Observable; or a key and a load function, which both get the parameters
   * @param argumentLists the parameters of each call
   * @throws LarderDecoratorError if the method is unknown, or several instances have it; LarderOptionsError
   *
   * @example
   * ```ts
   * const report = await cache.warm(
   *   { key: (id: string) => ['tournaments', id], load: (id: string) => database.findTournament(id), ttl: '10m' },
   *   [['1'], ['2']],
   *   { concurrency: 10 },
   * );
   * if (report.failed.length > 0) console.warn(report.failed);
   * ```
   */
  async warm<Parameters extends readonly unknown[]>(
    source: ((...parameters: Parameters) => Promise<unknown> | Subscribable) | WarmSource<Parameters>,
    argumentLists: readonly Readonly<NoInfer<Parameters>>[],
    options?: WarmOptions,
  ): Promise<WarmReport> {
    const { methods, warmer } = this.#engine;
    // The source may have other members than options.
    const callable =
      typeof source === 'function' ? methods.of(source) : callableOf(source, this.#policy(optionsIn(source)));
    return warmer.warm(callable, argumentLists, options);
  }

  /**
   * The entry of a key in memory, or else in the shared tier, and why it would be served or not; `undefined` without an
   * entry. Does not affect statistics or eviction.
   *
   * @param caller the caller whose own value it is, for a method with `scope: 'user'` or another scope
   * @throws LarderKeyError, LarderOptionsError
   */
  async inspect(key: Key, caller?: ScopedCaller): Promise<EntryInfo | undefined> {
    const path = encodePath(key);
    return this.#engine.inspector.inspect(caller === undefined ? path : path + segmentOf(caller));
  }

  /**
   * Invalidates many targets, a thousand at a time, and goes on past those that fail. Undelivered invalidations are retried
   * with a growing pause; after the last retry they are still queued, and delivered as soon as possible.
   *
   * @returns the result for each target; never rejects for a target
   *
   * @example
   * ```ts
   * const report = await cache.invalidateAll([1, 2, 3].map((id) => ['tournaments', id] as const));
   * if (report.failed.length > 0) console.error(report.failed);
   * ```
   */
  async invalidateAll(targets: readonly Target[], options: InvalidateAllOptions = {}): Promise<InvalidationReport> {
    demandList(targets, 'targets of invalidateAll', 'targets');
    const { context, writer } = this.#engine;
    context.audit?.wrote(undefined, targets);
    return writer.follow(invalidateAll(context, writer, targets, options));
  }

  /**
   * Whether every invalidation that this process has made so far, by writes too, has been delivered, so that every other node
   * has it within `maxStaleness`. Waits for those in transit or queued: calls of `invalidate`, `set`, `writeThrough` and the
   * like count from the call on, a method with `@CacheInvalidate` from its end on. Therefore it is `false` inside a
   * write-through, and inside {@link deferInvalidations}, whose invalidations have not been sent.
   *
   * @param options.within how long to wait: milliseconds above zero or a duration. Default `'1s'`
   * @throws LarderOptionsError
   *
   * @example
   * ```ts
   * await cache.writeThrough(['tournaments', id], () => database.updateTournament(id, change));
   * if (!(await cache.delivered({ within: '500ms' }))) console.warn('other nodes may show the old value for a while');
   * ```
   */
  async delivered(options: { readonly within?: Duration } = {}): Promise<boolean> {
    demandOptions(options, 'options of delivered');
    const { within = '1s' } = options;
    const limit = toMilliseconds(within);
    const problems = unknownOptions(options, ['within'], 'delivered');
    if (limit === undefined) {
      problems.push(
        `invalid within of delivered: got ${String(within)}, expected milliseconds above zero or a duration such as '1s'`,
      );
    }
    if (limit === undefined || problems.length > 0) throw new LarderOptionsError(problems);
    return this.#engine.writer.delivered(limit);
  }

  /**
   * The first of two steps to clear the cache on every node: a token for {@link clear}, valid once, for a minute, on any
   * node. A token issued while Redis is away is valid on this node only.
   */
  async requestClear(): Promise<{ token: string; expiresAt: Date }> {
    return this.#engine.clearing.request();
  }

  /**
   * Clears the cache on every node, in one round trip: no node serves a value stored before. While Redis is away, this node
   * is cleared at once, and the other nodes as soon as Redis is back.
   *
   * @returns `delivered: false` if the other nodes have not been notified yet; they will be
   * @throws LarderClearError if the token was not issued by {@link requestClear}, was used or has expired; nothing is
   *   cleared then, and a `clear-refused` event reports it
   */
  async clear(token: string): Promise<{ delivered: boolean }> {
    return this.#engine.writer.follow(this.#engine.clearing.clear(token));
  }

  /** Statistics since the cache was made. The memory usage may be slightly old in a large cache: it is counted by a walk. */
  stats(): CacheStats;
  /**
   * Statistics of all nodes that publish theirs, with the option `fleetStats`, and the history of the last hour. Those of other
   * nodes are as old as their last report. Without Redis, or if it does not answer, they are those of this node.
   *
   * @param options.fleet `true`
   * @returns never rejects; `problem` says why other nodes are missing
   *
   * @example
   * ```ts
   * const { hitRate, nodes } = await cache.stats({ fleet: true });
   * console.log(`${nodes.length} nodes, hit rate ${hitRate}`);
   * ```
   */
  stats(options: { readonly fleet: true }): Promise<FleetStats>;
  stats(options?: { readonly fleet: boolean }): CacheStats | Promise<FleetStats> {
    if (options?.fleet) return this.#engine.fleet.read();
    const { audit, shared, statistics, store } = this.#engine.context;
    const { size: entries, bytes, evictions } = store;
    const counted = statistics.snapshot(this.#engine.surveyor.survey());
    return {
      ...counted,
      entries,
      bytes,
      evictions,
      shared: shared?.stats(),
      audit: audit?.stats(),
      predictiveWarming: this.#engine.demand?.stats(),
    };
  }

  /**
   * What would be the best TTL, `staleWhileRevalidate` and memory of each method, with the hit rate and the time of loads that they
   * would give and how sure that is; `undefined` without the option `adviser`. The adviser simulates the eviction policy of this
   * cache with other bounds and TTLs, on a sample of its keys (Waldspurger and others, "Cache Modeling and Optimization using
   * Miniature Simulations", 2017). The figures are those of this process, and begin with it.
   *
   * @example
   * ```ts
   * const advice = cache.advice();
   * for (const [name, { text }] of Object.entries(advice?.methods ?? {})) console.log(name, text);
   * ```
   */
  advice(): Advice | undefined {
    return this.#engine.context.watch?.advice();
  }

  /** The state of the connection to the other nodes, as far as this process knows. */
  async health(): Promise<CacheHealth> {
    return healthOf(this.#engine);
  }

  /**
   * Statistics of the Redis servers: version, memory, clients, keys; `undefined` without Redis. Costs one round trip to each
   * master.
   *
   * @throws LarderRedisError if a server does not answer within the timeout of Redis
   */
  async redisStats(): Promise<RedisStats | undefined> {
    return this.#engine.servers?.stats();
  }

  /** Whether several processes share the journal, so that invalidations here apply to all of them. */
  get isShared(): boolean {
    return !this.#engine.context.sync.isLocal;
  }

  /** Removes everything and stops background work. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #getConfirmed(path: string): Promise<unknown> {
    const { context, finder } = this.#engine;
    if (WriteBatch.unsettled !== undefined) await WriteBatch.unsettled.settle();
    const entry = finder.findFresh(idOf(path)) ?? (await finder.lookUp(path, this.#plain));
    if (entry === undefined) {
      finder.countMiss(idOf(path), this.#plain);
      return undefined;
    }
    finder.count(entry, this.#plain.counters, context.clock.elapsed());
    finder.inherit(entry);
    return entry.served;
  }

  #writePolicy<T>(options: WriteOptions<T> | undefined, subject: string): WritePolicy {
    if (typeof options === 'object' && options !== null) refuseDependsOn(options, subject);
    return this.#policy(options as CacheOptions) as WritePolicy;
  }

  #policy(options: CacheOptions | undefined): Policy {
    if (options === undefined) return this.#plain;
    demandOptions(options, 'options of the call');
    if (options.maxShared !== undefined) {
      throw new LarderOptionsError([
        `maxShared is ${options.maxShared}; it applies to decorated methods only, not to a call`,
      ]);
    }
    return this.#engine.policy(options);
  }
}
