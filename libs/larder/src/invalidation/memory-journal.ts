import type { Bump, Conclusion, Intent, Journal } from '../cache/journal.js';
import type { VersionTable } from '../cache/versions.js';
import type { Clock } from '../clock.js';

interface Writing extends Intent {
  readonly key: string;
  readonly slots: readonly number[];
  readonly stamp: number;
  overlapped: boolean;
}

/** The journal of a cache that lives in one process: the table is all there is to tell. */
export class MemoryJournal implements Journal {
  readonly syncedAt = Number.POSITIVE_INFINITY;
  readonly #table: VersionTable;
  readonly #clock: Clock;
  readonly #writing = new Map<string, Set<Writing>>();
  #intents = 0;

  constructor(table: VersionTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async bump(slots: readonly number[]): Promise<Bump> {
    return { delivered: true, sequence: this.#raise(slots) };
  }

  async announce(key: string, slots: readonly number[]): Promise<Writing> {
    const others = this.#writing.get(key) ?? new Set();
    const intent = {
      id: String(++this.#intents),
      key,
      slots,
      stamp: this.#table.sequence,
      overlapped: others.size > 0,
    };
    for (const other of others) other.overlapped = true;
    this.#writing.set(key, others.add(intent));
    return intent;
  }

  async conclude(intent: Writing, slots: readonly number[]): Promise<Conclusion> {
    const others = this.#writing.get(intent.key);
    others?.delete(intent);
    if (others?.size === 0) this.#writing.delete(intent.key);
    const alone = !intent.overlapped && this.#table.unchangedSince(intent.stamp, intent.slots);
    return { delivered: true, sequence: this.#raise(slots), alone };
  }

  async confirm(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    this.#writing.clear();
  }

  #raise(slots: readonly number[]): number {
    const microseconds = this.#clock.now() * 1000;
    return this.#table.apply(
      slots,
      slots.map((slot) => Math.max(this.#table.versionOf(slot) + 1, microseconds)),
    );
  }
}
