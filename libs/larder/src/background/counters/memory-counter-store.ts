import { randomUUID } from 'node:crypto';
import { type CounterBatch, type CounterStore, DONE } from './counter-store.js';

/** Increments in this process. */
export class MemoryCounterStore implements CounterStore {
  #added = new Map<string, number>();
  readonly #batches = new Set<CounterBatch>();
  #flushing = DONE;

  add(key: string, count: number): Promise<void> {
    const added = this.#added;
    added.set(key, (added.get(key) ?? 0) + count);
    return DONE;
  }

  async pending(key: string): Promise<number> {
    let sum = this.#added.get(key) ?? 0;
    for (const { counts } of this.#batches) sum += counts.get(key) ?? 0;
    return sum;
  }

  async flush(_interval: number, write: (batch: CounterBatch) => Promise<void>): Promise<void> {
    const flushing = this.#flushing.catch(() => {}).then(() => this.#flush(write));
    this.#flushing = flushing;
    await flushing;
  }

  async close(): Promise<void> {}

  get waiting(): number {
    return this.left().size;
  }

  left(): ReadonlyMap<string, number> {
    const left = new Map(this.#added);
    for (const { counts } of this.#batches) {
      for (const [key, count] of counts) left.set(key, (left.get(key) ?? 0) + count);
    }
    return left;
  }

  /** Removes and returns the increments that are in no batch. */
  take(): Map<string, number> {
    const added = this.#added;
    this.#added = new Map();
    return added;
  }

  /** A failed batch is retried unchanged, because it may have been written. */
  async #flush(write: (batch: CounterBatch) => Promise<void>): Promise<void> {
    if (this.#added.size > 0) this.#batches.add({ id: randomUUID(), counts: this.take() });
    const errors: unknown[] = [];
    for (const batch of this.#batches) {
      try {
        await write({ id: batch.id, counts: new Map(batch.counts) });
        this.#batches.delete(batch);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
