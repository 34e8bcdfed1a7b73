import type { Clock } from '../../base/clock.js';
import type { Bump, Intent, Journal, Note, WriteResult, Writing } from './journal.js';
import { ROOT_SLOT } from './slots.js';
import type { VersionTable } from './version-table.js';

interface Announced extends Intent, Writing {
  readonly stamp: number;
  overlapped: boolean;
}

/** The journal of a cache that lives in one process: the table is all there is to tell. */
export class MemoryJournal implements Journal {
  readonly syncedAt = Number.POSITIVE_INFINITY;
  readonly settled = true;
  readonly #table: VersionTable;
  readonly #clock: Clock;
  readonly #noted: (note: Note) => void;
  readonly #writing = new Map<string, Set<Announced>>();
  #intents = 0;

  /**
   * @param rootVersion another number for each journal: what a tier has from another process, or from before a restart, is not
   *   served, since this table does not know what was invalidated there
   * @param noted told of every invalidation that says something of itself
   */
  constructor(
    table: VersionTable,
    clock: Clock,
    rootVersion = clock.now() * 1000,
    noted: (note: Note) => void = () => {},
  ) {
    this.#table = table;
    this.#clock = clock;
    this.#noted = noted;
    table.apply([ROOT_SLOT], [rootVersion]);
  }

  get timeOffset(): number {
    return this.#clock.now() - this.#clock.elapsed();
  }

  async bump(slots: readonly number[], note?: Note): Promise<Bump> {
    if (note !== undefined) this.#noted(note);
    return { delivered: true, sequence: this.#raise(slots) };
  }

  async announce({ id, slots, bumps }: Writing): Promise<Announced> {
    const token = String(++this.#intents);
    const others = (id === undefined ? undefined : this.#writing.get(id)) ?? new Set();
    const intent = { token, id, slots, bumps, stamp: this.#table.sequence, overlapped: others.size > 0 };
    for (const other of others) other.overlapped = true;
    if (id !== undefined) this.#writing.set(id, others.add(intent));
    return intent;
  }

  async conclude(intent: Announced, slots: readonly number[], note?: Note): Promise<WriteResult> {
    if (note !== undefined) this.#noted(note);
    if (intent.id !== undefined) this.#forget(intent, intent.id);
    const alone = !intent.overlapped && this.#table.unchangedSince(intent.stamp, intent.slots);
    return { delivered: true, sequence: this.#raise(slots), alone };
  }

  async confirm(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    this.#writing.clear();
  }

  #forget(intent: Announced, id: string): void {
    const others = this.#writing.get(id);
    others?.delete(intent);
    if (others?.size === 0) this.#writing.delete(id);
  }

  #raise(slots: readonly number[]): number {
    const microseconds = this.#clock.now() * 1000;
    return this.#table.apply(
      slots,
      slots.map((slot) => Math.max(this.#table.versionOf(slot) + 1, microseconds)),
    );
  }
}
