import { BATCH_SIZE, inBatches } from '../../base/batches.js';
import type { Clock } from '../../base/clock.js';
import { REFUSE } from '../../base/signals/cache-signals.js';
import { isShortened } from '../../keys/key.js';
import { Entry } from '../entries/entry.js';
import type { MemoryStore } from '../entries/memory-store.js';
import type { TierEntry } from '../entries/tier-entry.js';
import { scheduleOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { AccessWatch } from '../stats/access-watch.js';
import { SharedCounters, type SharedStats } from '../stats/statistics.js';
import type { Journal } from '../versions/journal.js';
import { ROOT_SLOT, type Slots } from '../versions/slots.js';
import type { SyncState } from '../versions/sync-state.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Codec, Decoded } from './codec.js';
import { type Compression, CompressionMethod } from './compression.js';
import { type EncodedEntry, type Header, parseEntry } from './entry-format.js';
import { EntryPacker, type PackedEntry } from './entry-packer.js';
import type { Tier } from './tier.js';

/** The parts of the cache that it works with. */
export interface SharedTierParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly table: VersionTable;
  readonly store: MemoryStore;
  readonly slots: Slots;
  readonly sync: SyncState;
  /** `undefined` without an adviser. */
  readonly watch: AccessWatch | undefined;
}

export interface SharedTierOptions extends SharedTierParts {
  readonly tier: Tier;
  readonly codec: Codec;
  readonly compression: Compression;
}

/** The bytes found under some ids, or that the tier did not answer. */
export type Fetched = readonly (Uint8Array | undefined)[] | 'unreachable';

/** An entry that is written after its callers have got the value. */
interface Later {
  readonly entry: Entry;
  readonly policy: Policy;
  readonly resolve: (isStored: boolean) => void;
}

/** The entries that all nodes share: reads those that are valid by the version table, and writes new ones. */
export class SharedTier {
  readonly #options: SharedTierOptions;
  readonly #counters = new SharedCounters();
  /** Running writes of entries whose callers have got the value. */
  readonly #sharing = new Set<Promise<void>>();
  /** Entries to write at the end of this turn. */
  readonly #later: Later[] = [];

  readonly #packer: EntryPacker;

  constructor(options: SharedTierOptions) {
    this.#options = options;
    this.#packer = new EntryPacker(options);
  }

  /** Whether the tier may be read: not while it may hold entries that this node has invalidated. */
  get isUsable(): boolean {
    return this.#options.journal.settled;
  }

  /** The ids in the tier that match a glob, in batches. */
  search(glob: string): AsyncIterable<readonly string[]> {
    return this.#options.tier.search(glob);
  }

  stats(): SharedStats {
    return { ...this.#counters };
  }

  /** The bytes in the tier, valid or not. `'unreachable'` if the tier did not answer. */
  fetch(ids: readonly string[]): Promise<Fetched> {
    return this.fetchInto(ids, (found) => found);
  }

  /** The same, passed to `use` without another promise in between. */
  fetchInto<T>(ids: readonly string[], use: (found: Fetched) => T | Promise<T>): Promise<T> {
    return this.#options.tier.getMany(ids).then(use, () => {
      this.#counters.failures++;
      return use('unreachable');
    });
  }

  /** The header of an entry, valid or not. */
  async look(id: string): Promise<Header | undefined> {
    const found = await this.fetch([id]);
    const bytes = found === 'unreachable' ? undefined : found[0];
    return bytes === undefined ? undefined : parseEntry(id, bytes)?.header;
  }

  /** The entry of an id if it may be served. */
  async find(
    id: string,
    policy: Policy,
    confirmed?: readonly number[],
    fetched = this.fetch([id]),
  ): Promise<Entry | undefined> {
    const found = await fetched;
    return found === 'unreachable' ? undefined : this.admit(id, found[0], policy, confirmed);
  }

  /**
   * Decodes an entry and keeps it in memory, if it is valid (its stamp matches the table) and not too old to serve; it may
   * be past its TTL.
   *
   * @param policy determines how long stale values may be served
   * @param confirmed slots that are known to be up to date for this reader
   */
  admit(
    id: string,
    bytes: Uint8Array | undefined,
    policy: Policy,
    confirmed?: readonly number[],
  ): Entry | undefined | Promise<Entry | undefined> {
    if (bytes === undefined) return this.#miss();
    const encoded = parseEntry(id, bytes);
    if (encoded === undefined || encoded.header.tableSize !== this.#options.table.size) return this.#discard();
    const now = this.#options.clock.elapsed();
    const { staleIfError, staleWhileRevalidate } = policy;
    if (this.#expiryOf(encoded.header) - now <= -Math.max(staleIfError, staleWhileRevalidate)) return this.#miss();
    return this.#mustAsk(encoded.header, now, confirmed)
      ? this.#askAndKeep(id, encoded, policy)
      : this.#keep(id, encoded, policy, now);
  }

  /**
   * Writes entries to the tier, as far as their policy shares them. Never rejects: other nodes load what is not shared.
   *
   * @param policy also has the compression threshold and the limit of shared values per method
   * @returns the entries that were stored
   */
  async share(entries: readonly Entry[], { compressFrom, isShared, shareBudget }: Policy): Promise<readonly Entry[]> {
    if (!isShared) return [];
    const admitted = shareBudget?.admitted(entries, this.#options.clock.elapsed()) ?? entries;
    if (admitted.length <= BATCH_SIZE) return this.#sharePortion(admitted, compressFrom);
    const stored: Entry[] = [];
    await inBatches(admitted, async (portion) => {
      for (const entry of await this.#sharePortion(portion, compressFrom)) stored.push(entry);
    });
    return stored;
  }

  /**
   * Writes an entry after its callers have got the value, together with the other entries of this turn.
   *
   * @returns whether it was stored
   */
  shareLater(entry: Entry, policy: Policy): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#later.length === 0) setImmediate(() => void this.#shareAll());
      this.#later.push({ entry, policy, resolve });
    });
  }

  /** Resolves when all these writes have ended. */
  async settle(): Promise<void> {
    await this.#shareAll();
    await Promise.all(this.#sharing);
  }

  async #shareAll(): Promise<void> {
    const byPolicy = new Map<Policy, Later[]>();
    for (const one of this.#later.splice(0)) {
      const alike = byPolicy.get(one.policy);
      if (alike === undefined) byPolicy.set(one.policy, [one]);
      else alike.push(one);
    }
    for (const [policy, alike] of byPolicy) {
      const sharing = this.#shareAlike(alike, policy);
      this.#sharing.add(sharing);
      void sharing.then(() => this.#sharing.delete(sharing));
    }
  }

  async #shareAlike(alike: readonly Later[], policy: Policy): Promise<void> {
    const stored = await this.share(
      alike.map(({ entry }) => entry),
      policy,
    );
    const all = stored.length === alike.length ? undefined : new Set(stored);
    for (const { entry, resolve } of alike) resolve(all === undefined || all.has(entry));
  }

  /**
   * Encodes entries for {@link attach} or {@link sharePacked}. Never rejects, nor throws.
   *
   * @returns `undefined` if that failed or must not be done: then {@link share} decides
   */
  pack(
    entries: readonly Entry[],
    { compressFrom, isShared, shareBudget }: Policy,
  ): readonly PackedEntry[] | undefined | Promise<readonly PackedEntry[] | undefined> {
    if (!isShared || shareBudget !== undefined || !this.#isWritable) return undefined;
    try {
      const packed = this.#packer.pack(entries, compressFrom);
      return packed instanceof Promise ? packed.catch(() => undefined) : packed;
    } catch {
      return undefined;
    }
  }

  /** The bytes of entries that are valid if a bump gives these slots this version. Never throws. */
  attach(packed: readonly PackedEntry[], slots: ReadonlySet<number>, version: number): readonly TierEntry[] {
    try {
      return packed.map((one) => this.#packer.finish(one, { slots, version })).filter((one) => one !== undefined);
    } catch {
      return [];
    }
  }

  /** Writes entries to the tier, as {@link share} does. */
  async sharePacked(packed: readonly PackedEntry[]): Promise<readonly Entry[]> {
    if (!this.#isWritable) return [];
    try {
      const finished = packed.map((one) => this.#packer.finish(one));
      const ready = finished.filter((one) => one !== undefined);
      await this.#options.tier.setMany(ready);
      this.countStores(ready.length);
      return packed.filter((_, index) => finished[index] !== undefined).map(({ entry }) => entry);
    } catch {
      this.#counters.failures++;
      return [];
    }
  }

  /** Counts entries that the journal has stored. */
  countStores(count: number): void {
    this.#counters.stores += count;
  }

  /** A table that was never read cannot tell what is valid. */
  get #isWritable(): boolean {
    const { journal, table } = this.#options;
    return journal.settled && table.versionOf(ROOT_SLOT) !== 0;
  }

  async #sharePortion(entries: readonly Entry[], compressFrom: number): Promise<readonly Entry[]> {
    if (!this.#isWritable) return [];
    try {
      const packed = this.#packer.pack(entries, compressFrom);
      return await this.sharePacked(packed instanceof Promise ? await packed : packed);
    } catch {
      this.#counters.failures++;
      return [];
    }
  }

  /**
   * Whether this table may lag behind the stamp of an entry, so that only the journal can tell whether the entry is valid.
   */
  #mustAsk({ slots, versions, rootVersion }: Header, now: number, confirmed?: readonly number[]): boolean {
    const { sync, table } = this.#options;
    const isCovered = confirmed === undefined ? sync.isCurrent(now) : slots.every((slot) => confirmed.includes(slot));
    if (!isCovered || table.versionOf(ROOT_SLOT) < rootVersion) return true;
    for (let index = 0; index < slots.length; index++) {
      if (table.holds(slots[index] as number, versions[index] as number) === undefined) return true;
    }
    return false;
  }

  async #askAndKeep(id: string, encoded: EncodedEntry, policy: Policy): Promise<Entry | undefined> {
    return (await this.#options.journal.confirm(encoded.header.slots)) ? this.#keep(id, encoded, policy) : this.#miss();
  }

  /**
   * Keeps an entry if its versions match the table. Its stamp is the sequence number of that comparison, because an
   * invalidation may arrive before the caller gets the entry.
   */
  #keep(
    id: string,
    encoded: EncodedEntry,
    policy: Policy,
    now = this.#options.clock.elapsed(),
  ): Entry | undefined | Promise<Entry | undefined> {
    const { codec, store, table } = this.#options;
    const { header, bytes, start, method } = encoded;
    if (!this.#holds(header)) return this.#refuse(id, header, policy, now);
    const stamp = table.sequence;
    try {
      if (method !== CompressionMethod.none) return this.#expandAndKeep(id, encoded, policy);
      const entry = this.#toEntry(id, header, stamp, codec.decode(bytes, start), policy, now);
      if (policy.inMemory) {
        this.#options.watch?.stored(entry, policy, entry.loadedAt);
        store.set(entry);
      }
      this.#counters.hits++;
      return entry;
    } catch {
      return this.#discard();
    }
  }

  /** @throws any error of decompressing bytes that this library did not write */
  #expandAndKeep(id: string, { header, bytes, start, method }: EncodedEntry, policy: Policy) {
    const keep = (expanded: Uint8Array) =>
      this.#keep(id, { header, bytes: expanded, start: 0, method: CompressionMethod.none }, policy);
    const expanded = this.#options.compression.expand(method, bytes, start);
    return expanded instanceof Promise ? expanded.then(keep, () => this.#discard()) : keep(expanded);
  }

  #holds({ slots, versions, rootVersion }: Header): boolean {
    const { journal, table } = this.#options;
    if (!journal.settled || table.versionOf(ROOT_SLOT) !== rootVersion) return false;
    for (let index = 0; index < slots.length; index++) {
      if (table.holds(slots[index] as number, versions[index] as number) !== true) return false;
    }
    return true;
  }

  #toEntry(
    id: string,
    header: Header,
    stamp: number,
    { value, unfreezable }: Decoded,
    policy: Policy,
    now: number,
  ): Entry {
    const loadedAt = Math.min(now, Math.floor(header.loadedAt - this.#options.journal.timeOffset));
    const { dueAt, expiresAt, keptUntil } = scheduleOf(loadedAt, Math.floor(this.#expiryOf(header)), policy);
    return new Entry({
      id,
      value,
      unfreezable,
      tags: header.tags,
      // Slots that the id and the tags do not determine must be stored, or the entry would miss their invalidations.
      slots: isShortened(id) || header.dependencies.length > 0 ? header.slots : undefined,
      dependencies: header.dependencies.length > 0 ? header.dependencies : undefined,
      stamp,
      bytes: header.heapBytes,
      loadCost: header.loadCost,
      loadedAt,
      isForeign: true,
      isShared: true,
      method: policy.method,
      dueAt,
      expiresAt,
      keptUntil,
    });
  }

  /** When an entry expires, on the clock of this process. */
  #expiryOf({ expiresAt }: Header): number {
    return expiresAt - this.#options.journal.timeOffset;
  }

  #refuse(id: string, { loadedAt }: Header, { method }: Policy, now: number): undefined {
    const age = now - (loadedAt - this.#options.journal.timeOffset);
    if (REFUSE.isHeard) REFUSE.send({ method, id, tier: 'redis', age });
    return this.#miss();
  }

  #miss(): undefined {
    this.#counters.misses++;
  }

  #discard(): undefined {
    this.#counters.discarded++;
    this.#counters.misses++;
  }
}
