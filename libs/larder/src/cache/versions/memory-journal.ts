import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import {
  type Bump,
  type Intent,
  type Journal,
  MARK_RETENTION,
  type Note,
  type WriteResult,
  type Writing,
} from './journal.js';
import { ROOT_SLOT } from './slots.js';
import type { VersionTable } from './version-table.js';

interface Announced extends Intent, Writing {
  readonly mark: string;
  /** The versions of its slots, updated by the bumps of its own rows. */
  readonly stamps: Map<number, number>;
  overlapped: boolean;
}

interface Ended {
  readonly bumped: ReadonlySet<number>;
  readonly until: number;
}

/** The journal of a cache in a single process: the table itself is the journal. */
export class MemoryJournal implements Journal {
  readonly syncedAt = Number.POSITIVE_INFINITY;
  readonly settled = true;
  readonly #table: VersionTable;
  readonly #clock: Clock;
  readonly #noted: (note: Note) => void;
  readonly #writing = new Map<string, Set<Announced>>();
  /** By mark. Marks are unique among all processes, because several of them may read the same rows. */
  readonly #marked = new Map<string, Announced>();
  /** Concluded marked writes, oldest first. */
  readonly #ended = new Map<string, Ended>();
  readonly #markPrefix = `${randomUUID()}:`;
  #intents = 0;

  /**
   * @param rootVersion a number unique to this journal: entries that a tier has from another process, or from before a
   *   restart, are not served, since this table misses their invalidations
   * @param noted called with the note of every invalidation that has one
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

  async bump(slots: readonly number[], note?: Note, mark?: string): Promise<Bump> {
    if (note !== undefined) this.#noted(note);
    if (mark === undefined) return { delivered: true, sequence: this.#raise(slots) };
    const bumped = this.#endedBumps(mark);
    const raised = slots.filter((slot) => !bumped?.has(slot));
    const intent = this.#marked.get(mark);
    const unmoved = raised.filter((slot) => intent?.stamps.get(slot) === this.#table.versionOf(slot));
    const sequence = this.#raise(raised);
    for (const slot of unmoved) intent?.stamps.set(slot, this.#table.versionOf(slot));
    return { delivered: true, sequence };
  }

  async announce({ id, slots, bumps }: Writing): Promise<Announced> {
    const token = String(++this.#intents);
    const others = (id === undefined ? undefined : this.#writing.get(id)) ?? new Set();
    const mark = this.#markPrefix + token;
    const stamps = new Map([ROOT_SLOT, ...slots].map((slot) => [slot, this.#table.versionOf(slot)]));
    const intent = { token, mark, id, slots, bumps, stamps, overlapped: others.size > 0 };
    if (id !== undefined) this.#marked.set(mark, intent);
    for (const other of others) other.overlapped = true;
    if (id !== undefined) this.#writing.set(id, others.add(intent));
    return intent;
  }

  async conclude(intent: Announced, slots: readonly number[], note?: Note, keepsMark = false): Promise<WriteResult> {
    if (note !== undefined) this.#noted(note);
    if (intent.id !== undefined) this.#forget(intent, intent.id);
    const isUnmoved = [...intent.stamps].every(([slot, version]) => this.#table.versionOf(slot) === version);
    const alone = !intent.overlapped && isUnmoved;
    this.#marked.delete(intent.mark);
    if (keepsMark)
      this.#ended.set(intent.mark, { bumped: new Set(slots), until: this.#clock.elapsed() + MARK_RETENTION });
    return { delivered: true, sequence: this.#raise(slots), alone };
  }

  async confirm(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    this.#writing.clear();
    this.#marked.clear();
    this.#ended.clear();
  }

  #endedBumps(mark: string): ReadonlySet<number> | undefined {
    for (const [old, { until }] of this.#ended) {
      if (until > this.#clock.elapsed()) break;
      this.#ended.delete(old);
    }
    return this.#ended.get(mark)?.bumped;
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
