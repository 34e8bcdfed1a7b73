import { mapInBatches } from '../base/batches.js';
import { LarderOptionsError } from '../base/errors.js';
import { demandFunction, demandList, demandOptions, unknownOptions } from '../base/suggestion.js';
import { type Duration, toMilliseconds } from '../base/units.js';
import { encodePath, idOf, type Key } from '../keys/key.js';
import type { Target } from '../keys/target.js';
import type { Engine } from './engine.js';
import { type CacheOptions, optionsIn, type Policy } from './policy/policy.js';
import type { LoadMany } from './reads/batch-reader.js';
import type { EntryInfo } from './reads/inspector.js';
import { type Load, ReadRequest } from './state/read-request.js';
import type { WarmReport } from './state/warm-report.js';
import type { RedisStats } from './stats/redis-stats.js';
import type { CacheStats } from './stats/statistics.js';
import type { Callable } from './upkeep/cached-methods.js';
import type { WarmOptions } from './upkeep/warmer.js';
import type { Origin } from './versions/journal.js';
import { type InvalidateAllOptions, type InvalidationReport, invalidateAll } from './writes/bulk-invalidation.js';
import { slotsOfTargets } from './writes/target-slots.js';
import type { WritePolicy } from './writes/writer.js';

/** Options of a call that stores what it is given: tags cannot wait for a load here. */
export interface WriteOptions extends CacheOptions {
  readonly tags?: Extract<CacheOptions['tags'], readonly unknown[]>;
}

export interface WriteThroughOptions<T> extends WriteOptions {
  /** What else the write changed; a function gets the result. */
  readonly targets?: readonly Target[] | ((result: T) => readonly Target[]);
  /**
   * Whether an error of the write means that it has surely changed nothing, such as a refusal: then nothing is invalidated.
   * Default: never, because a write that failed may have been committed.
   */
  readonly unchangedOn?: (error: unknown) => boolean;
}

/** Whether a cache knows what others invalidate, and they what it does. */
export interface CacheHealth {
  /** Whether every invalidation that was acknowledged anywhere more than `maxStaleness` ago is known here. */
  readonly current: boolean;
  /** Milliseconds since that was last known to be so of all invalidations; 0 in a single process, `Infinity` if it never was. */
  readonly journalLag: number;
  /** Whether no invalidation made here is kept because Redis could not be told of it; those on their way count as delivered. */
  readonly settled: boolean;
  /** For how many milliseconds an invalidation made here has not been delivered, on its way or kept; 0 while all of them have. */
  readonly deliveryLag: number;
  /** Why Redis could not be read or written the last time, with its host and port; `undefined` while it can. */
  readonly problem: string | undefined;
}

/** Values by their parameters: where they belong and how they are loaded. */
export interface WarmSource<Parameters extends readonly unknown[], T = unknown> extends CacheOptions<T> {
  readonly key: (...parameters: Parameters) => Key;
  readonly load: (...parameters: Parameters) => T | Promise<T>;
}

/**
 * The cache. Values come back as the very object that was stored, deeply frozen; a caller that wants to change one makes a
 * copy first. What a load or a write throws reaches the caller unchanged; faults of the cache itself do not.
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
   * The value stored under a key, or what `load` brings. Concurrent callers share one load; if it fails all get its error and
   * the next call loads again. `undefined` and `null` are answered but not stored.
   *
   * @throws LarderKeyError, LarderOptionsError
   */
  getOrLoad<T>(key: Key, load: Load<T>, options?: CacheOptions<T>): Promise<T> {
    try {
      const { finder, reader, context } = this.#engine;
      const path = context.paths.encode(key);
      const hit = options?.consistency === 'strong' ? undefined : finder.hit(path, context.statistics.direct);
      if (hit !== undefined) return hit as Promise<T>;
      demandFunction(load, 'load of getOrLoad');
      return reader.read(new ReadRequest(path, load, this.#policy(options as CacheOptions))) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The value stored under a key, or `undefined` if none may be served.
   *
   * @throws LarderKeyError
   */
  get<T>(key: Key): Promise<T | undefined> {
    try {
      const path = this.#engine.context.paths.encode(key);
      const hit = this.#engine.finder.hit(path, this.#plain.counters);
      return (hit ?? this.#getConfirmed(path)) as Promise<T | undefined>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Whether a value is stored under a key that may be served.
   *
   * @throws LarderKeyError
   */
  async has(key: Key): Promise<boolean> {
    const path = encodePath(key);
    return (
      (this.#engine.finder.findFresh(idOf(path)) ?? (await this.#engine.finder.lookUp(path, this.#plain))) !== undefined
    );
  }

  /**
   * Stores a value, `null` and `undefined` too. Whatever was stored under the key or below it is invalidated on every node.
   *
   * @throws LarderKeyError, LarderValueError, LarderOptionsError
   */
  async set<T>(key: Key, value: T, options?: WriteOptions): Promise<void> {
    await this.setMany([[key, value]], options);
  }

  /**
   * Reads many keys, in their order; one call of `load` brings those that are neither stored nor being loaded. It answers
   * one value per missing key, `undefined` for what does not exist.
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
   * Stores many values, a thousand in one step, as {@link set} does.
   *
   * @throws LarderKeyError, LarderValueError, LarderOptionsError; nothing is stored then
   */
  async setMany<T>(entries: readonly (readonly [Key, T])[], options?: WriteOptions): Promise<void> {
    const policy = this.#policy(options) as WritePolicy;
    demandList(entries, 'entries of setMany', '[key, value]');
    await this.#engine.writer.follow(this.#setMany(entries, policy));
  }

  async #setMany<T>(entries: readonly (readonly [Key, T])[], policy: WritePolicy): Promise<void> {
    const encoded = mapInBatches(entries, (entry) => {
      demandList(entry, 'an entry of setMany', 'a key and its value');
      return [encodePath(entry[0]), entry[1]] as const;
    });
    await this.#engine.writer.set(encoded instanceof Promise ? await encoded : encoded, policy);
  }

  /**
   * Runs a write, then invalidates the key and `targets`, then stores what the write answered, unless another write of the
   * same key overlapped it: then the key is only invalidated, because nobody can tell whose value is the last.
   *
   * @throws LarderKeyError, LarderOptionsError before the write is run; whatever the write throws
   */
  async writeThrough<T>(key: Key, write: () => T | Promise<T>, options: WriteThroughOptions<T> = {}): Promise<T> {
    demandFunction(write, 'write of writeThrough');
    demandOptions(options, 'options of writeThrough');
    const { targets = [], unchangedOn, ...rest } = options;
    if (unchangedOn !== undefined && typeof unchangedOn !== 'function') {
      throw new LarderOptionsError([`unchangedOn is ${String(unchangedOn)}; it takes a function of the error`]);
    }
    const { writer, context } = this.#engine;
    const slots = async (result: T) =>
      slotsOfTargets(context, typeof targets === 'function' ? targets(result) : targets);
    return writer.through(encodePath(key), write, slots, this.#policy(rest) as WritePolicy, unchangedOn);
  }

  /**
   * Invalidates everything the targets cover, as one step: a key covers itself and what lies below it, `pattern('*')`
   * everything. Costs the same however many entries are stored. Once it has resolved, this node does not serve them. More
   * than 5,000 are invalidated in several steps. JavaScript passes about 100,000 arguments: {@link invalidateAll} takes a
   * list of any length.
   *
   * @returns `delivered: false` if other nodes could not be told yet; they will be
   * @throws LarderKeyError; nothing is invalidated then
   */
  async invalidate(...targets: readonly Target[]): Promise<{ delivered: boolean }> {
    return this.#engine.writer.follow(this.#invalidate(targets));
  }

  /**
   * Invalidates what the rows of a marked transaction changed, as {@link invalidate} does, but does not undo the write-through that
   * marked it: while that runs, this is not another write of its key, and afterwards what it invalidated itself is left
   * alone. The change feed calls it.
   *
   * @param mark what `larder.mark` was in the transaction; any text, and one that is not known counts as none
   * @throws LarderKeyError; nothing is invalidated then
   */
  async invalidateMarked(mark: string, targets: readonly Target[]): Promise<{ delivered: boolean }> {
    return this.#engine.writer.follow(this.#invalidate(targets, mark));
  }

  async #invalidate(targets: readonly Target[], mark?: string): Promise<{ delivered: boolean }> {
    return this.#engine.writer.invalidate(await slotsOfTargets(this.#engine.context, targets), targets, mark);
  }

  /**
   * Runs some work: with the option `diagnostics`, what it invalidates is said to come from there, on every node. Without it
   * the work simply runs. Requests and jobs of a Nest application are attributed already.
   *
   * @param origin a text, of which Redis keeps 100 bytes; of nested ones the inner one counts
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
   * Runs some work, such as a transaction, and holds every invalidation made in it (by `invalidate`, `writeThrough` and the
   * decorators) until it has succeeded, so that nobody reloads what is not committed yet. If it throws they are dropped.
   * Inside the work, `invalidate` resolves with `delivered: false`.
   *
   * @throws whatever the work throws
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
   * Fetches values before anybody asks for them, a few at a time: what is there already is left alone, and of several
   * processes one loads a value. What fails is in the report and stops nothing.
   *
   * @param source a method with `@Cacheable` of an instance that Nest made once (`warm(items.one, …)`), or a key and a load,
   *   both of which take the parameters
   * @param argumentLists the parameters of each call
   * @throws LarderDecoratorError if a method is not known, or not whose; LarderOptionsError
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
    source: ((...parameters: Parameters) => Promise<unknown>) | WarmSource<Parameters>,
    argumentLists: readonly Readonly<NoInfer<Parameters>>[],
    options?: WarmOptions,
  ): Promise<WarmReport> {
    const { methods, warmer } = this.#engine;
    const callable = typeof source === 'function' ? methods.of(source) : this.#callable(source);
    return warmer.warm(callable, argumentLists, options);
  }

  /**
   * What is stored under a key in memory, or else in the shared tier, and why it would be served or not; `undefined` if
   * nothing is. Does not count as a use of it.
   *
   * @throws LarderKeyError
   */
  async inspect(key: Key): Promise<EntryInfo | undefined> {
    return this.#engine.inspector.inspect(encodePath(key));
  }

  /**
   * Invalidates many targets, a thousand at a time, and goes on past those that fail. What could not be told to the other
   * nodes is tried again after a growing pause; after that it is still kept, and delivered as soon as that is possible.
   *
   * @returns what became of each; never rejects for a target
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
    return writer.follow(invalidateAll(context, writer, targets, options));
  }

  /**
   * Whether all that this process invalidated so far, by writes too, has been delivered, so that every other node knows of it
   * within `maxStaleness`. Waits for what is on its way, or kept because Redis is away: for calls of `invalidate`, `set`,
   * `writeThrough` and the like from when they are made, for a method with `@CacheInvalidate` from when it has run. So it is
   * false inside a write-through, and in {@link deferInvalidations}, since what is held has not been sent.
   *
   * @param options.within how long it waits: milliseconds above zero or a duration. Default `'1s'`
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
        `within of delivered is ${String(within)}; it takes milliseconds above zero or a duration such as '1s'`,
      );
    }
    if (limit === undefined || problems.length > 0) throw new LarderOptionsError(problems);
    return this.#engine.writer.delivered(limit);
  }

  /**
   * The first of two steps to forget everything on every node: a token for {@link clear}, good once and for a minute, on
   * any node. While Redis is away it is good on this node.
   */
  async requestClear(): Promise<{ token: string; expiresAt: Date }> {
    return this.#engine.clearing.request();
  }

  /**
   * Forgets everything on every node, in one round trip: what was stored until now is not served by any of them any more.
   * While Redis is away, this node forgets everything at once, and the others as soon as Redis is back.
   *
   * @returns `delivered: false` if the other nodes have not been told yet; they will be
   * @throws LarderClearError if the token was not given out by {@link requestClear}, was used or has expired; nothing is
   *   cleared then, and a `clear-refused` event tells of it
   */
  async clear(token: string): Promise<{ delivered: boolean }> {
    return this.#engine.writer.follow(this.#engine.clearing.clear(token));
  }

  /** The figures since the cache was made. What is in memory was counted a moment ago, sooner the faster that goes. */
  stats(): CacheStats {
    const { shared, statistics, store } = this.#engine.context;
    const { size: entries, bytes, evictions } = store;
    const counted = statistics.snapshot(this.#engine.surveyor.survey());
    return { ...counted, entries, bytes, evictions, shared: shared?.stats() };
  }

  /** How it is connected with the other nodes, as far as this process knows now. */
  async health(): Promise<CacheHealth> {
    const { context, writer } = this.#engine;
    const { deliveryLag } = writer;
    const { syncedAt, settled, problem } = context.journal;
    const journalLag = Math.max(0, context.clock.elapsed() - syncedAt);
    return { current: context.sync.isCurrent(), journalLag, settled, deliveryLag, problem: textOf(problem) };
  }

  /**
   * What the servers of Redis say of themselves: version, memory, clients, keys; `undefined` without Redis. Costs one round
   * trip to each master.
   *
   * @throws LarderRedisError if one of them does not answer within the timeout of Redis
   */
  async redisStats(): Promise<RedisStats | undefined> {
    return this.#engine.servers?.stats();
  }

  /** Whether several processes share the journal, so that what is invalidated here is invalidated for all of them. */
  get isShared(): boolean {
    return !this.#engine.context.sync.isLocal;
  }

  /** Forgets everything and ends what runs in the background. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #getConfirmed(path: string): Promise<unknown> {
    const entry = await this.#engine.finder.lookUp(path, this.#plain);
    if (entry === undefined) this.#plain.counters.misses++;
    else this.#plain.counters.hits++;
    return entry?.served;
  }

  #callable<Parameters extends readonly unknown[]>(source: WarmSource<Parameters>): Pick<Callable, 'requestFor'> {
    const { key, load } = source;
    // It may be more than options: an object that loads, for instance.
    const policy = this.#policy(optionsIn(source));
    return {
      requestFor: (given) => {
        const parameters = given as Parameters;
        return new ReadRequest(encodePath(key(...parameters)), () => load(...parameters), policy);
      },
    };
  }

  #policy(options: CacheOptions | undefined): Policy {
    if (options === undefined) return this.#plain;
    demandOptions(options, 'options of the call');
    if (options.maxShared !== undefined) {
      throw new LarderOptionsError([`maxShared is ${options.maxShared} for one call; it takes a decorated method`]);
    }
    return this.#engine.policy(options);
  }
}

function textOf(problem: unknown): string | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof Error ? problem.message : String(problem);
}
