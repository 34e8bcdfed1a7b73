import type { Clock } from '../../base/clock.js';
import { LarderDeadlineError } from '../../base/errors.js';
import { brand } from '../../base/package/brand.js';
import { DEADLINE } from '../../base/signals/work-signals.js';
import { withinLimit } from '../../base/timeout.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { DeadlineStore, DeadlineUpdate, Due } from './deadline-store.js';
import { MemoryDeadlineStore } from './memory-deadline-store.js';

/** The environment of deadlines. */
export interface DeadlineHost {
  readonly clock: Clock;
  /** The Redis of all processes; `undefined` for this process alone. */
  readonly redis: RedisClient | undefined;
  /** The prefix of every key in Redis. */
  readonly prefix: string;
  /** How long a batch of ids stays claimed after its process has died, in milliseconds. */
  readonly claimTtl: number | undefined;
}

/** A parsed definition of deadlines. */
export interface DeadlineSettings {
  readonly name: string;
  /** Milliseconds. */
  readonly every: number;
  readonly expire: (ids: string[]) => Promise<void>;
  readonly restore: (() => Promise<void>) | undefined;
  readonly onError: (error: unknown) => void;
}

/** A tracked id, and when it is due. */
export interface DueItem {
  readonly id: string;
  readonly at: Date;
}

/** Whether ids expire in time. */
export interface DeadlineStatus {
  readonly name: string;
  /** The interval between checks for due ids, in milliseconds. */
  readonly every: number;
  /** For how many milliseconds the id that is due longest has been due; 0 if none is. */
  readonly overdue: number;
  /** How often expiring in this process has failed since it last succeeded. */
  readonly failures: number;
}

/** The interval between checks whether everything must be tracked again, in milliseconds. */
const RESTORE_CHECK_INTERVAL = 5000;
/** The most items that `dueWithin` returns. */
const MAX_DUE_ITEMS = 10_000;

/** Expires ids at given times. */
export class Deadline {
  static {
    brand(Deadline, 'Deadline');
  }

  readonly #settings: DeadlineSettings;
  #clock: Clock;
  #store: DeadlineStore;
  #cancel: (() => void) | undefined;
  #cancelCheck = () => {};
  #isClosed = false;
  #isInTrouble = false;
  #failures = 0;
  #expiring: Promise<number> | undefined;
  #restoring: Promise<void> | undefined;

  /** @internal Use `defineDeadline`. */
  constructor(settings: DeadlineSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#store = new MemoryDeadlineStore(clock);
  }

  get name(): string {
    return this.#settings.name;
  }

  /**
   * Sets when an id expires. Replaces an earlier time.
   *
   * @param id any string
   * @throws LarderDeadlineError if the id is being expired right now, the time is invalid, or the id is not a string
   */
  async track(id: string, at: Date | number): Promise<void> {
    this.#demandId(id);
    if (this.#cancel === undefined) this.#plan();
    this.#demand(id, await this.#store.track(id, this.#moment(id, at)));
  }

  /**
   * Changes when a tracked id expires.
   *
   * @throws LarderDeadlineError if the id is being expired right now or is not tracked; nothing was changed then
   */
  async extend(id: string, at: Date | number): Promise<void> {
    this.#demandId(id);
    this.#demand(id, await this.#store.extend(id, this.#moment(id, at)));
  }

  /**
   * Stops tracking an id.
   *
   * @returns whether it was tracked
   * @throws LarderDeadlineError if it is being expired right now
   */
  async cancel(id: string): Promise<boolean> {
    this.#demandId(id);
    const update = await this.#store.cancel(id);
    if (update === 'expiring') this.#demand(id, update);
    return update === 'done';
  }

  /**
   * The ids that expire within a duration from now, overdue ones included, soonest first, up to 10,000.
   *
   * @throws LarderDeadlineError if the duration is invalid
   */
  async dueWithin(duration: Duration): Promise<readonly DueItem[]> {
    const span = toMilliseconds(duration);
    if (span === undefined) {
      const problem = `Invalid duration for ${this.name}: got ${JSON.stringify(duration)}, expected milliseconds or a duration.`;
      throw new LarderDeadlineError(problem, "Pass milliseconds or a string such as '1h'.");
    }
    return (await this.#store.dueBy(this.#clock.now() + span, MAX_DUE_ITEMS)).map(({ id, at }) => ({
      id,
      at: new Date(at),
    }));
  }

  /** The number of tracked ids. */
  async size(): Promise<number> {
    return this.#store.size();
  }

  /**
   * Expires due ids now.
   *
   * @returns how many this process expired
   * @throws the first error of `expire`; failed ids are retried the next time
   */
  expireDue(): Promise<number> {
    this.#expiring ??= this.#counted(this.#store.expire((ids) => this.#expire(ids))).finally(() => {
      this.#expiring = undefined;
    });
    return this.#expiring;
  }

  /**
   * Whether ids expire in time, for health checks. Ids that are being expired do not count as due.
   *
   * @throws LarderRedisError
   */
  async status(): Promise<DeadlineStatus> {
    const now = this.#clock.now();
    const [oldest] = await this.#store.dueBy(now, 1);
    const overdue = oldest === undefined ? 0 : Math.max(0, now - oldest.at);
    return { name: this.name, every: this.#settings.every, overdue, failures: this.#failures };
  }

  /**
   * Removes ids whose subject no longer exists.
   *
   * @param existing returns those of up to 1,000 ids whose subject exists
   * @returns how many were removed
   */
  async removeOrphans(existing: (ids: string[]) => Promise<Iterable<string>>): Promise<number> {
    let removed = 0;
    for await (const batch of this.#store.all()) removed += await this.#removeOrphansOf(batch, existing);
    return removed;
  }

  /** @internal Connects to the deadlines of other processes. Takes along the ids tracked so far. */
  async join({ redis, prefix, clock, claimTtl }: DeadlineHost): Promise<void> {
    this.#clock = clock;
    const joined = await storeOf({ redis, prefix, clock, claimTtl }, this.name);
    const before = this.#store;
    this.#store = joined;
    this.#cancel?.();
    this.#plan();
    for await (const batch of before.all()) {
      for (const { id, at } of batch) await this.#store.track(id, at).catch(this.#settings.onError);
    }
    this.#checkTracked();
  }

  /** @internal Waits up to `timeout` milliseconds for running expiries and restores, and begins no more. */
  async drain(timeout: number): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancelCheck();
    if (this.#expiring === undefined && this.#restoring === undefined) return;
    const ended = Promise.all([this.#expiring?.catch(() => {}), this.#restoring]);
    await withinLimit<unknown>(this.#clock, Math.max(0, timeout), ended, () => {});
  }

  /**
   * Waits for running expiries and restores, and begins no more. Other processes go on with those in Redis.
   *
   * @param timeout milliseconds
   */
  async close(timeout = 5000): Promise<void> {
    await this.drain(timeout);
  }

  /** Never rejects. */
  #checkTracked(): void {
    this.#restoring = this.#keepTracked().finally(() => {
      this.#restoring = undefined;
    });
  }

  /** Restores after Redis lost its data, and once at the first start. */
  async #keepTracked(): Promise<void> {
    const { restore, every, onError } = this.#settings;
    if (restore === undefined) return;
    try {
      if (await this.#store.isToBeRestored()) await this.#restore(restore);
      this.#isInTrouble = false;
    } catch (error) {
      // After a stop this process cannot restore; another one will.
      if (!this.#isInTrouble && !this.#isClosed) onError(error);
      this.#isInTrouble = true;
    }
    if (this.#isClosed) return;
    const delay = Math.min(every, RESTORE_CHECK_INTERVAL);
    this.#cancelCheck = this.#clock.after(delay, () => this.#checkTracked());
  }

  async #restore(restore: () => Promise<void>): Promise<void> {
    const store = this.#store;
    let isDone = false;
    try {
      await restore();
      isDone = true;
    } finally {
      await store.restored(isDone);
    }
  }

  async #removeOrphansOf(batch: readonly Due[], existing: (ids: string[]) => Promise<Iterable<string>>) {
    let removed = 0;
    for (let at = 0; at < batch.length; at += 1000) {
      const asked = batch.slice(at, at + 1000);
      const found = new Set(await existing(asked.map(({ id }) => id)));
      for (const due of asked) if (!found.has(due.id) && (await this.#store.remove(due))) removed++;
    }
    return removed;
  }

  #demandId(id: unknown): void {
    if (typeof id === 'string') return;
    const problem = `Invalid id for ${this.name}: got ${id === null ? 'null' : typeof id}, expected a string.`;
    throw new LarderDeadlineError(problem, 'Pass a string.');
  }

  #moment(id: string, at: Date | number): number {
    const moment = Number(at);
    if (Number.isSafeInteger(Math.round(moment))) return Math.round(moment);
    const problem = `Invalid time of ${JSON.stringify(id)} for ${this.name}: got ${String(at)}, expected a date.`;
    throw new LarderDeadlineError(problem, 'Pass a Date, or milliseconds since the epoch.');
  }

  #demand(id: string, update: DeadlineUpdate): void {
    if (update === 'done') return;
    if (update === 'untracked') {
      throw new LarderDeadlineError(`${this.name} does not track ${JSON.stringify(id)}.`, 'Track it first.');
    }
    const problem = `${this.name} is expiring ${JSON.stringify(id)} right now.`;
    throw new LarderDeadlineError(problem, 'Nothing was changed; check whether it has expired.');
  }

  #plan(): void {
    this.#cancel = this.#isClosed ? () => {} : this.#clock.after(this.#settings.every, () => void this.#tick());
  }

  async #expire(ids: string[]): Promise<void> {
    const { length } = ids;
    const began = this.#clock.elapsed();
    await this.#settings.expire(ids);
    if (!DEADLINE.isHeard) return;
    DEADLINE.send({ type: 'expired', name: this.name, ids: length, duration: this.#clock.elapsed() - began });
  }

  async #counted(expiring: Promise<number>): Promise<number> {
    try {
      const count = await expiring;
      this.#failures = 0;
      return count;
    } catch (error) {
      this.#failures++;
      if (DEADLINE.isHeard) DEADLINE.send({ type: 'failed', name: this.name, error });
      throw error;
    }
  }

  async #tick(): Promise<void> {
    await this.expireDue().catch(this.#settings.onError);
    this.#plan();
  }
}

async function storeOf({ redis, prefix, clock, claimTtl }: DeadlineHost, name: string): Promise<DeadlineStore> {
  if (redis === undefined) return new MemoryDeadlineStore(clock);
  // Loaded on demand: many deadlines are those of one process only.
  const { RedisDeadlineStore } = await import('./redis-deadline-store.js');
  return new RedisDeadlineStore(redis, prefix, name, clock, claimTtl);
}
