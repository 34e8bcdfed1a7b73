import type { TierEntry } from '../cache/entries/tier-entry.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { Bump, Intent, Journal, JournalFactory, Note, WriteResult, Writing } from '../cache/versions/journal.js';
import type { VersionTable } from '../cache/versions/version-table.js';

/** A tier that a test can make fail, to see how an application behaves without it. */
export class ChaosTier implements Tier {
  /** Whether every call fails. */
  isGone = false;
  /** Called and awaited before each call; a rejection fails the call. */
  before: (call: 'getMany' | 'setMany' | 'search') => void | Promise<void> = () => {};
  /** May change the returned bytes, for example truncate them. */
  spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;
  readonly #tier: Tier;

  constructor(tier: Tier) {
    this.#tier = tier;
  }

  async getMany(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    await this.#pass('getMany');
    const found = await this.#tier.getMany(ids);
    return found.map((bytes) => (bytes === undefined ? undefined : this.spoil(bytes)));
  }

  async setMany(entries: readonly TierEntry[]): Promise<void> {
    await this.#pass('setMany');
    await this.#tier.setMany(entries);
  }

  async *search(glob: string): AsyncIterable<readonly string[]> {
    await this.#pass('search');
    yield* this.#tier.search(glob);
  }

  close(): Promise<void> {
    return this.#tier.close();
  }

  async #pass(call: 'getMany' | 'setMany' | 'search'): Promise<void> {
    await this.before(call);
    if (this.isGone) throw new Error('The tier is unavailable, because a test set isGone.');
  }
}

/** A journal that a test can disconnect, to see how an application behaves without it. */
export class ChaosJournal implements Journal {
  readonly #journal: Journal;
  readonly #table: VersionTable;
  #undelivered: number[] = [];
  #cutOffAt: number | undefined;

  private constructor(journal: Journal, table: VersionTable) {
    this.#journal = journal;
    this.#table = table;
  }

  /**
   * Wraps the journal that a factory makes.
   *
   * @param made receives the wrapped journal, so that a test can disconnect it
   *
   * @example
   * ```ts
   * let journal: ChaosJournal | undefined;
   * const chaotic = ChaosJournal.around(journalFactory, (made) => (journal = made));
   * await createCache({ journal: chaotic });
   * journal?.cutOff();
   * ```
   */
  static around(factory: JournalFactory, made: (journal: ChaosJournal) => void): JournalFactory {
    return (table) => {
      const journal = new ChaosJournal(factory(table), table);
      made(journal);
      return journal;
    };
  }

  get syncedAt(): number {
    return Math.min(this.#journal.syncedAt, this.#cutOffAt ?? Number.POSITIVE_INFINITY);
  }

  get settled(): boolean {
    return this.#journal.settled && this.#undelivered.length === 0;
  }

  get timeOffset(): number {
    return this.#journal.timeOffset;
  }

  /**
   * Delivers and confirms nothing until {@link reconnect}. Invalidations of other nodes that still arrive do not count as
   * complete.
   *
   * @param at the time, on the clock's `elapsed`, up to which the table was complete
   */
  cutOff(at = Number.NEGATIVE_INFINITY): void {
    this.#cutOffAt = at;
  }

  async reconnect(): Promise<void> {
    this.#cutOffAt = undefined;
    await this.#journal.bump(this.#undelivered);
    this.#undelivered = [];
  }

  async bump(slots: readonly number[], note?: Note): Promise<Bump> {
    if (this.#cutOffAt === undefined) return this.#journal.bump(slots, note);
    for (const slot of slots) this.#undelivered.push(slot);
    return { delivered: false, sequence: this.#table.touch(slots) };
  }

  announce(writing: Writing): Promise<Intent> {
    return this.#journal.announce(writing);
  }

  async conclude(intent: Intent, slots: readonly number[], note?: Note): Promise<WriteResult> {
    if (this.#cutOffAt === undefined) return this.#journal.conclude(intent, slots, note);
    return { ...(await this.bump(slots)), alone: false };
  }

  async confirm(slots: readonly number[]): Promise<boolean> {
    return this.#cutOffAt === undefined && this.#journal.confirm(slots);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
