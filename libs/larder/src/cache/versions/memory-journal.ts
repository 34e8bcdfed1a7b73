import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import {
  type Bump,
  type Description,
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
  /** The table's sequence number at its begin. */
  readonly stamp: number;
  /** The versions to which its own rows have raised slots that no other invalidation had raised. */
  raised: Map<number, number> | undefined;
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
  readonly #noted: (description: Description) => void;
  readonly #writing = new Map<string, Announced[]>();
  /** By token, which a mark ends with. Marks are unique among all processes, because several of them may read the same rows. */
  readonly #marked = new Map<string, Announced>();
  /** Concluded marked writes, oldest first. */
  readonly #ended = new Map<string, Ended>();
  readonly #markPrefix = `${randomUUID()}:`;
  #intents = 0;

  /**
   * @param rootVersion a number unique to this journal: entries that a tier has from another process, or from before a
   *   restart, are not served, since this table misses their invalidations
   * @param noted called with the description of every invalidation that has one
   */
  constructor(
    table: VersionTable,
    clock: Clock,
    rootVersion = clock.now() * 1000,
    noted: (description: Description) => void = () => {},
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
    if (note?.description !== undefined) this.#noted(note.description);
    if (mark === undefined) return { delivered: true, sequence: this.#raise(slots) };
    const bumped = this.#endedBumps(mark);
    const raised = slots.filter((slot) => !bumped?.has(slot));
    const intent = mark.startsWith(this.#markPrefix)
      ? this.#marked.get(mark.slice(this.#markPrefix.length))
      : undefined;
    if (intent === undefined) return { delivered: true, sequence: this.#raise(raised) };
    const unmoved = raised.filter((slot) => this.#isUnmoved(intent, slot));
    const sequence = this.#raise(raised);
    intent.raised ??= new Map();
    for (const slot of unmoved) intent.raised.set(slot, this.#table.versionOf(slot));
    return { delivered: true, sequence };
  }

  async announce({ id, slots, bumps }: Writing): Promise<Announced> {
    const token = String(++this.#intents);
    const mark = this.#markPrefix + token;
    const stamp = this.#table.sequence;
    const intent: Announced = { token, mark, id, slots, bumps, stamp, raised: undefined, overlapped: false };
    if (id === undefined) return intent;
    this.#marked.set(token, intent);
    const others = this.#writing.get(id);
    if (others === undefined) this.#writing.set(id, [intent]);
    else {
      others.push(intent);
      for (const one of others) one.overlapped = true;
    }
    return intent;
  }

  async conclude(intent: Announced, slots: readonly number[], note?: Note, keepsMark = false): Promise<WriteResult> {
    if (note?.description !== undefined) this.#noted(note.description);
    if (intent.id !== undefined) this.#forget(intent, intent.id);
    const isUnmoved =
      intent.stamp === this.#table.sequence ||
      (this.#isUnmoved(intent, ROOT_SLOT) && intent.slots.every((slot) => this.#isUnmoved(intent, slot)));
    const alone = !intent.overlapped && isUnmoved;
    this.#marked.delete(intent.token);
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

  /** Whether only the intent's own rows have raised a slot since its begin. */
  #isUnmoved({ raised, stamp }: Announced, slot: number): boolean {
    return this.#table.isUnchanged(slot, stamp) || raised?.get(slot) === this.#table.versionOf(slot);
  }

  #forget(intent: Announced, id: string): void {
    const others = (this.#writing.get(id) ?? []).filter((other) => other !== intent);
    if (others.length === 0) this.#writing.delete(id);
    else this.#writing.set(id, others);
  }

  #raise(slots: readonly number[]): number {
    const microseconds = this.#clock.now() * 1000;
    return this.#table.apply(
      slots,
      slots.map((slot) => Math.max(this.#table.versionOf(slot) + 1, microseconds)),
    );
  }
}
