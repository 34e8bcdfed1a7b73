import type { Clock } from '../../base/clock.js';
import { LarderCounterError } from '../../base/errors.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { CounterBatch, CounterStore, FlushReport } from './counter-store.js';
import { MemoryCounterStore } from './memory-counter-store.js';
import { RedisCounterStore } from './redis-counter-store.js';

/** The most that is added at once, either way: sums stay far from where numbers are rounded. */
const MAX_AMOUNT = 1_000_000_000_000;

/** Keys that an error names. */
const MAX_NAMED = 10;

/** What a counter runs on. */
export interface CounterHost {
  readonly clock: Clock;
  /** The Redis of all processes; `undefined`: this process alone. */
  readonly redis: RedisClient | undefined;
  /** First part of every name in Redis. */
  readonly prefix: string;
  /** How long a batch outlives the process that writes it, in milliseconds. */
  readonly claimTtl: number | undefined;
}

/** A counter's definition in numbers. */
export interface CounterSettings {
  readonly name: string;
  /** Milliseconds. */
  readonly flushEvery: number;
  /** Milliseconds, 0 for none. */
  readonly bufferFor: number;
  readonly write: (batch: CounterBatch) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Increments that are written to a database in batches. */
export class Counter {
  readonly #settings: CounterSettings;
  #clock: Clock;
  #store: CounterStore;
  #cancel: (() => void) | undefined;
  #isClosed = false;

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
   * Adds to what a key counts. Resolves when the increment is safe: in Redis if the counter has joined one, else at once.
   * While Redis is away it waits; nothing is lost by not waiting for it.
   *
   * @param key any text
   * @param count a whole number up to 10¹² either way
   * @throws LarderCounterError if the key is no text or the count none, if the counter was closed, or if a million keys wait for a Redis that is away
   */
  add(key: string, count = 1): Promise<void> {
    if (typeof key !== 'string') return Promise.reject(noKey(this.name, key));
    if (!Number.isInteger(count) || count > MAX_AMOUNT || count < -MAX_AMOUNT)
      return Promise.reject(noCount(this.name, count));
    if (this.#cancel === undefined) this.#plan();
    return this.#store.add(key, count);
  }

  /**
   * What was added to a key, by all processes, and is not written yet. While a batch is being forgotten that has just been
   * written it may still be in here; so read it first and the written count after, to count nothing too little.
   *
   * @throws LarderRedisError, LarderCounterError if the key is no text
   */
  pending(key: string): Promise<number> {
    if (typeof key !== 'string') return Promise.reject(noKey(this.name, key));
    return this.#store.pending(key);
  }

  /**
   * Writes what was added, by all processes, now.
   *
   * @returns what this call has written
   * @throws what `write` throws, and LarderRedisError; what was not written is kept for the next time
   */
  async flush(): Promise<FlushReport> {
    const report = { batches: 0, keys: 0, total: 0 };
    await this.#store.flush(0, async (batch) => {
      const { size } = batch.counts;
      const total = [...batch.counts.values()].reduce((sum, count) => sum + count, 0);
      await this.#settings.write(batch);
      report.batches++;
      report.keys += size;
      report.total += total;
    });
    return report;
  }

  /** @internal Counts with all that have joined. What was added before comes along. */
  join({ redis, clock, prefix, claimTtl }: CounterHost): void {
    this.#clock = clock;
    const before = this.#store;
    if (redis !== undefined && before instanceof MemoryCounterStore) {
      const { name, bufferFor: window, onError: report } = this.#settings;
      this.#store = new RedisCounterStore({ redis, prefix, name, clock, window, claimTtl, report });
      for (const [key, count] of before.take()) void this.#store.add(key, count);
    }
    this.#cancel?.();
    this.#plan();
  }

  /** @internal Writes what is to be written, while it goes on, for up to `timeout` milliseconds. */
  async drain(timeout: number): Promise<void> {
    await this.#within(timeout, this.flush());
  }

  /**
   * Brings what is in this process to safety, and writes what is to be written. `onError` is told what could not be.
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
      `The counter ${this.name} was closed before all that was added could be written (${some.join(', ')}${others}).`,
      'Look whether it was counted before you add it again.',
    );
  }

  async #within(timeout: number, flush: Promise<unknown>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(Math.max(0, timeout), resolve);
    });
    await Promise.race([late, flush.catch(this.#settings.onError)]);
    cancel();
  }

  #plan(): void {
    this.#cancel = this.#isClosed ? () => {} : this.#clock.after(this.#settings.flushEvery, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    // A tenth sooner than all: timers of several processes do not keep step.
    await this.#store.flush(this.#settings.flushEvery * 0.9, this.#settings.write).catch(this.#settings.onError);
    this.#plan();
  }
}

function noKey(name: string, key: unknown): LarderCounterError {
  const given = key === null ? 'null' : typeof key;
  return new LarderCounterError(`The counter ${name} was given ${given} as a key.`, 'Give a text, such as an id.');
}

function noCount(name: string, count: unknown): LarderCounterError {
  return new LarderCounterError(`The counter ${name} was given ${String(count)}.`, 'Add a whole number up to 10^12.');
}
