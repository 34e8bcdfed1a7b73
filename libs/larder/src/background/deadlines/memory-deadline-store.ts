import type { Clock } from '../../base/clock.js';
import type { DeadlineStore, DeadlineUpdate, Due } from './deadline-store.js';

const BATCH_SIZE = 1000;

/** Deadlines in this process. */
export class MemoryDeadlineStore implements DeadlineStore {
  readonly #clock: Clock;
  readonly #due = new Map<string, number>();
  readonly #expiring = new Set<string>();
  #isRestored = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async track(id: string, at: number): Promise<DeadlineUpdate> {
    if (this.#expiring.has(id)) return 'expiring';
    this.#due.set(id, at);
    return 'done';
  }

  async extend(id: string, at: number): Promise<DeadlineUpdate> {
    if (!this.#due.has(id) && !this.#expiring.has(id)) return 'untracked';
    return this.track(id, at);
  }

  async cancel(id: string): Promise<DeadlineUpdate> {
    if (this.#expiring.has(id)) return 'expiring';
    return this.#due.delete(id) ? 'done' : 'untracked';
  }

  async dueBy(at: number, limit: number): Promise<readonly Due[]> {
    return this.#sorted(at).slice(0, limit);
  }

  async size(): Promise<number> {
    return this.#due.size + this.#expiring.size;
  }

  async *all(): AsyncIterable<readonly Due[]> {
    yield this.#sorted(Number.POSITIVE_INFINITY);
  }

  async remove({ id, at }: Due): Promise<boolean> {
    return this.#due.get(id) === at && this.#due.delete(id);
  }

  async expire(expire: (ids: string[]) => Promise<void>): Promise<number> {
    const due = this.#sorted(this.#clock.now());
    const errors: unknown[] = [];
    let count = 0;
    for (const { id } of due) this.#take(id);
    for (let at = 0; at < due.length; at += BATCH_SIZE) {
      const batch = due.slice(at, at + BATCH_SIZE);
      try {
        await expire(batch.map(({ id }) => id));
        count += batch.length;
      } catch (error) {
        errors.push(error);
        for (const { id, at: moment } of batch) this.#due.set(id, moment);
      }
      for (const { id } of batch) this.#expiring.delete(id);
    }
    if (errors.length > 0) throw errors[0];
    return count;
  }

  async isToBeRestored(): Promise<boolean> {
    return !this.#isRestored;
  }

  async restored(isDone: boolean): Promise<void> {
    this.#isRestored = isDone;
  }

  #take(id: string): void {
    this.#due.delete(id);
    this.#expiring.add(id);
  }

  #sorted(by: number): Due[] {
    const found: Due[] = [];
    for (const [id, at] of this.#due) if (at <= by) found.push({ id, at });
    return found.sort((one, other) => one.at - other.at);
  }
}
