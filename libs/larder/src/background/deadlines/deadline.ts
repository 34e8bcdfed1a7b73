import type { Clock } from '../../base/clock.js';
import { LarderDeadlineError } from '../../base/errors.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { DeadlineStore, DeadlineUpdate, Due } from './deadline-store.js';
import { MemoryDeadlineStore } from './memory-deadline-store.js';
import { RedisDeadlineStore } from './redis-deadline-store.js';

/** What deadlines run on. */
export interface DeadlineHost {
  readonly clock: Clock;
  /** The Redis of all processes; `undefined`: this process alone. */
  readonly redis: RedisClient | undefined;
  /** First part of every name in Redis. */
  readonly prefix: string;
  /** How long what is being expired outlives the process that expires it, in milliseconds. */
  readonly claimTtl: number | undefined;
}

/** A definition of deadlines in numbers. */
export interface DeadlineSettings {
  readonly name: string;
  /** Milliseconds. */
  readonly every: number;
  readonly expire: (ids: string[]) => Promise<void>;
  readonly restore: (() => Promise<void>) | undefined;
  readonly onError: (error: unknown) => void;
}

/** What is due, and when. */
export interface DueItem {
  readonly id: string;
  readonly at: Date;
}

/** How often this process looks whether everything is to be tracked again, in milliseconds. */
const RESTORE_CHECK_INTERVAL = 5000;
/** Answered at most by `dueWithin`. */
const MAX_DUE_ITEMS = 10_000;

/** Moments at which something is to end, for many things. */
export class Deadline {
  readonly #settings: DeadlineSettings;
  #clock: Clock;
  #store: DeadlineStore;
  #cancel: (() => void) | undefined;
  #cancelCheck = () => {};
  #isClosed = false;
  #isInTrouble = false;
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
   * Has an id expire at a moment, instead of at any moment that was tracked before.
   *
   * @param id any text
   * @throws LarderDeadlineError if it is being expired right now, the moment is none, or the id no text
   */
  async track(id: string, at: Date | number): Promise<void> {
    this.#demandId(id);
    if (this.#cancel === undefined) this.#plan();
    this.#demand(id, await this.#store.track(id, this.#moment(id, at)));
  }

  /**
   * Changes when a tracked id expires.
   *
   * @throws LarderDeadlineError if it is being expired right now or is not tracked; it was not extended then
   */
  async extend(id: string, at: Date | number): Promise<void> {
    this.#demandId(id);
    this.#demand(id, await this.#store.extend(id, this.#moment(id, at)));
  }

  /**
   * Has an id not expire.
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
   * What expires within a time from now, the soonest first, up to 10,000; what is overdue included.
   *
   * @throws LarderDeadlineError if the duration is none
   */
  async dueWithin(duration: Duration): Promise<readonly DueItem[]> {
    const span = toMilliseconds(duration);
    if (span === undefined) {
      const problem = `${this.name} was asked what is due within ${JSON.stringify(duration)}.`;
      throw new LarderDeadlineError(problem, "Give milliseconds or a duration such as '1h'.");
    }
    return (await this.#store.dueBy(this.#clock.now() + span, MAX_DUE_ITEMS)).map(({ id, at }) => ({
      id,
      at: new Date(at),
    }));
  }

  /** How many are tracked. */
  async size(): Promise<number> {
    return this.#store.size();
  }

  /**
   * Expires what is due, now.
   *
   * @returns how many this process expired
   * @throws what `expire` throws; those ids are tried again the next time
   */
  expireDue(): Promise<number> {
    this.#expiring ??= this.#store.expire(this.#settings.expire).finally(() => {
      this.#expiring = undefined;
    });
    return this.#expiring;
  }

  /**
   * Takes away the ids of what is no more.
   *
   * @param existing answers those of up to 1,000 ids whose subject there still is
   * @returns how many were taken away
   */
  async removeOrphans(existing: (ids: string[]) => Promise<Iterable<string>>): Promise<number> {
    let removed = 0;
    for await (const batch of this.#store.all()) removed += await this.#removeOrphansOf(batch, existing);
    return removed;
  }

  /** @internal Works together with all that have joined. What was tracked before comes along. */
  async join({ redis, prefix, clock, claimTtl }: DeadlineHost): Promise<void> {
    this.#clock = clock;
    const before = this.#store;
    this.#store =
      redis === undefined
        ? new MemoryDeadlineStore(clock)
        : new RedisDeadlineStore(redis, prefix, this.name, clock, claimTtl);
    this.#cancel?.();
    this.#plan();
    for await (const batch of before.all()) {
      for (const { id, at } of batch) await this.#store.track(id, at).catch(this.#settings.onError);
    }
    this.#checkTracked();
  }

  /** @internal Waits up to `timeout` milliseconds for what is being expired or tracked again, and begins no more. */
  async drain(timeout: number): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancelCheck();
    if (this.#expiring === undefined && this.#restoring === undefined) return;
    const late = new Promise<void>((resolve) => {
      this.#cancel = this.#clock.after(Math.max(0, timeout), resolve);
    });
    await Promise.race([late, Promise.all([this.#expiring?.catch(() => {}), this.#restoring])]);
    this.#cancel?.();
  }

  /**
   * Waits for what is being expired or tracked again, and begins no more. In Redis others go on.
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

  /** Has everything tracked again when what is kept was lost, and when it never was. */
  async #keepTracked(): Promise<void> {
    const { restore, every, onError } = this.#settings;
    if (restore === undefined) return;
    try {
      if (await this.#store.isToBeRestored()) await this.#restore(restore);
      this.#isInTrouble = false;
    } catch (error) {
      // A process that has stopped cannot track any more; another one does.
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
    const problem = `${this.name} was given ${id === null ? 'null' : typeof id} as an id.`;
    throw new LarderDeadlineError(problem, 'Give a text.');
  }

  #moment(id: string, at: Date | number): number {
    const moment = Number(at);
    if (Number.isSafeInteger(Math.round(moment))) return Math.round(moment);
    const problem = `${this.name} was given ${String(at)} as the moment for ${JSON.stringify(id)}.`;
    throw new LarderDeadlineError(problem, 'Give a date, or milliseconds since the epoch.');
  }

  #demand(id: string, update: DeadlineUpdate): void {
    if (update === 'done') return;
    if (update === 'untracked') {
      throw new LarderDeadlineError(`${this.name} does not track ${JSON.stringify(id)}.`, 'Track it first.');
    }
    const problem = `${this.name} is expiring ${JSON.stringify(id)} right now.`;
    throw new LarderDeadlineError(problem, 'Nothing was changed; see what became of it.');
  }

  #plan(): void {
    this.#cancel = this.#isClosed ? () => {} : this.#clock.after(this.#settings.every, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    await this.expireDue().catch(this.#settings.onError);
    this.#plan();
  }
}
