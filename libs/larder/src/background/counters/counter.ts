import type { Clock } from '../../base/clock.js';
import { LarderCounterError } from '../../base/errors.js';
import { brand } from '../../base/package/brand.js';
import { COUNTER } from '../../base/signals/work-signals.js';
import { withinLimit } from '../../base/timeout.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { CounterBatch, CounterStore, FlushReport } from './counter-store.js';
import { MemoryCounterStore } from './memory-counter-store.js';

/** The largest count of one call, either way: sums stay far below the limit of exact numbers. */
const MAX_AMOUNT = 1_000_000_000_000;

/** The most keys that an error names. */
const MAX_NAMED = 10;

/** The environment of a counter. */
export interface CounterHost {
  readonly clock: Clock;
  /** The Redis of all processes; `undefined` for this process alone. */
  readonly redis: RedisClient | undefined;
  /** The prefix of every key in Redis. */
  readonly prefix: string;
  /** How long a batch stays claimed after its process has died, in milliseconds. */
  readonly claimTtl: number | undefined;
}

/** A parsed definition of a counter. */
export interface CounterSettings {
  readonly name: string;
  /** Milliseconds. */
  readonly flushEvery: number;
  /** Milliseconds, 0 for none. */
  readonly bufferFor: number;
  readonly write: (batch: CounterBatch) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Whether a counter gets rid of its increments. */
export interface CounterStatus {
  readonly name: string;
  /** How many keys have increments that are lost if this process is killed now. */
  readonly waiting: number;
  /** How many flushes of this process have failed since the last one that succeeded. */
  readonly failures: number;
}

/** Counts increments, and writes them to a database in batches. */
export class Counter {
  static {
    brand(Counter, 'Counter');
  }

  readonly #settings: CounterSettings;
  #clock: Clock;
  #store: CounterStore;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #failures = 0;

  /** @internal Use `defineCounter`. */
  constructor(settings: CounterSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#store = new MemoryCounterStore();
  }

  get name(): string {
    return this.#settings.name;
  }

  /**
   * Adds to the count of a key. Resolves when the increment is safe: in Redis if the counter is connected, else at once.
   * While Redis is away it waits; the caller need not.
   *
   * @param key any string
   * @param count a whole number from -10¹² to 10¹²
   * @throws LarderCounterError if the key is not a string or the count is invalid, if the counter was closed, or if a million
   *   keys wait for Redis
   */
  add(key: string, count = 1): Promise<void> {
    if (typeof key !== 'string') return Promise.reject(noKey(this.name, key));
    if (!Number.isInteger(count) || count > MAX_AMOUNT || count < -MAX_AMOUNT)
      return Promise.reject(noCount(this.name, count));
    if (this.#cancel === undefined) this.#plan();
    return this.#store.add(key, count);
  }

  /**
   * The increments of a key, of all processes, that are not written yet. For a moment it may still contain a batch that has
   * just been written: to get a total that is never too low, read it first and the written count after it.
   *
   * @throws LarderRedisError, LarderCounterError if the key is not a string
   */
  pending(key: string): Promise<number> {
    if (typeof key !== 'string') return Promise.reject(noKey(this.name, key));
    return this.#store.pending(key);
  }

  /**
   * Writes the increments of all processes now.
   *
   * @returns what this call has written
   * @throws any error of `write`, and LarderRedisError; unwritten increments are kept for the next flush
   */
  async flush(): Promise<FlushReport> {
    const report = { batches: 0, keys: 0, total: 0 };
    const write = async (batch: CounterBatch) => {
      const { size } = batch.counts;
      const total = [...batch.counts.values()].reduce((sum, count) => sum + count, 0);
      await this.#write(batch);
      report.batches++;
      report.keys += size;
      report.total += total;
    };
    await this.#counted(this.#store.flush(0, write));
    return report;
  }

  /** Whether this process gets rid of its increments, for health checks. Asks neither Redis nor the database. */
  status(): CounterStatus {
    return { name: this.name, waiting: this.#store.waiting, failures: this.#failures };
  }

  /** @internal Connects to the counters of other processes. Takes along the increments so far. */
  async join({ redis, clock, prefix, claimTtl }: CounterHost): Promise<void> {
    this.#clock = clock;
    if (redis !== undefined && this.#store instanceof MemoryCounterStore) {
      // Loaded on demand: many counters count in one process only.
      const { RedisCounterStore } = await import('./redis-counter-store.js');
      const before = this.#store;
      const { name, bufferFor: window, onError: report } = this.#settings;
      this.#store = new RedisCounterStore({ redis, prefix, name, clock, window, claimTtl, report });
      for (const [key, count] of before.take()) void this.#store.add(key, count);
    }
    this.#cancel?.();
    this.#plan();
  }

  /** @internal Writes all increments, and those added meanwhile, for up to `timeout` milliseconds. */
  async drain(timeout: number): Promise<void> {
    await this.#within(timeout, this.flush());
  }

  /**
   * Saves the increments of this process, and writes them. Failures are passed to `onError`.
   *
   * @param timeout milliseconds for both
   */
  async close(timeout = 5000): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    const began = this.#clock.elapsed();
    await this.#store.close(timeout);
    if (this.#store.left().size === 0) await this.#within(timeout - (this.#clock.elapsed() - began), this.flush());
    const left = this.#store.left();
    if (left.size > 0) this.#settings.onError(this.#unwritten(left));
  }

  #unwritten(counts: ReadonlyMap<string, number>): LarderCounterError {
    const some = [...counts].slice(0, MAX_NAMED).map(([key, count]) => `${JSON.stringify(key)}: ${count}`);
    const others = counts.size > MAX_NAMED ? ` and ${counts.size - MAX_NAMED} other keys` : '';
    return new LarderCounterError(
      `The counter ${this.name} was closed before all increments could be written (${some.join(', ')}${others}).`,
      'Check whether they were counted before you add them again.',
    );
  }

  async #within(timeout: number, flush: Promise<unknown>): Promise<void> {
    const done = flush.catch(this.#settings.onError);
    await withinLimit<unknown>(this.#clock, Math.max(0, timeout), done, () => {});
  }

  #plan(): void {
    this.#cancel = this.#isClosed ? () => {} : this.#clock.after(this.#settings.flushEvery, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    // A tenth before the interval: the timers of the processes are not in step.
    const { flushEvery, onError } = this.#settings;
    await this.#counted(this.#store.flush(flushEvery * 0.9, (batch) => this.#write(batch))).catch(onError);
    this.#plan();
  }

  async #write(batch: CounterBatch): Promise<void> {
    const began = this.#clock.elapsed();
    // `write` may change the map.
    const counts = COUNTER.isHeard ? [...batch.counts.values()] : undefined;
    await this.#settings.write(batch);
    if (counts === undefined) return;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const duration = this.#clock.elapsed() - began;
    COUNTER.send({ type: 'written', name: this.name, keys: counts.length, total, duration });
  }

  async #counted(flush: Promise<void>): Promise<void> {
    try {
      await flush;
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      if (COUNTER.isHeard) COUNTER.send({ type: 'failed', name: this.name, error });
      throw error;
    }
  }
}

function noKey(name: string, key: unknown): LarderCounterError {
  const given = key === null ? 'null' : typeof key;
  return new LarderCounterError(
    `Invalid key of the counter ${name}: got ${given}, expected a string.`,
    'Pass a string, such as an id.',
  );
}

function noCount(name: string, count: unknown): LarderCounterError {
  return new LarderCounterError(
    `Invalid count for the counter ${name}: got ${String(count)}, expected a whole number up to 10^12.`,
    'Pass a whole number in that range.',
  );
}
