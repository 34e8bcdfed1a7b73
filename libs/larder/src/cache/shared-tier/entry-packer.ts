import type { Clock } from '../../base/clock.js';
import type { Entry } from '../entries/entry.js';
import type { TierEntry } from '../entries/tier-entry.js';
import type { Journal } from '../versions/journal.js';
import { ROOT_SLOT, type Slots } from '../versions/slots.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Codec } from './codec.js';
import { type Compression, CompressionMethod, type Packed } from './compression.js';
import { encodeEntry, type Header } from './entry-format.js';

export interface PackingOptions {
  readonly codec: Codec;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly table: VersionTable;
  readonly slots: Slots;
}

/** An entry whose value is encoded. Its header is not: it has the versions of the moment when the entry is sent. */
export interface PackedEntry {
  readonly entry: Entry;
  readonly packed: Packed;
}

/** Slots that a bump raises in the step that stores an entry, and the version that they get. */
interface Raise {
  readonly slots: ReadonlySet<number>;
  readonly version: number;
}

/** Turns entries into the bytes that a tier stores. */
export class EntryPacker {
  readonly #options: PackingOptions;

  constructor(options: PackingOptions) {
    this.#options = options;
  }

  /**
   * Encodes and compresses values.
   *
   * @param compressFrom bytes from which on a value is compressed
   * @throws any error of the codec
   */
  pack(entries: readonly Entry[], compressFrom: number): readonly PackedEntry[] | Promise<readonly PackedEntry[]> {
    const packed = entries.map((entry) => this.#packOne(entry, compressFrom));
    const isReady = packed.every((one) => !(one instanceof Promise));
    return isReady ? (packed as readonly PackedEntry[]) : Promise.all(packed);
  }

  /**
   * The bytes of an entry for now; `undefined` if one of its slots has changed since its stamp, or it is too large.
   *
   * @param raise slots whose changes do not count
   */
  finish({ entry, packed }: PackedEntry, raise?: Raise): TierEntry | undefined {
    const { clock, slots: hash, table } = this.#options;
    const slots = hash.ofStored(entry);
    // The header gets the table's versions of now, which are those of the stamp only while no slot has changed since.
    const isUnchanged =
      entry.stamp === table.sequence ||
      table.unchangedSince(entry.stamp, raise === undefined ? slots : slots.filter((slot) => !raise.slots.has(slot)));
    if (!isUnchanged) return undefined;
    const bytes = encodeEntry(entry.id, this.#headerOf(entry, slots, raise), packed);
    return bytes && { id: entry.id, bytes, ttl: entry.keptUntil - clock.elapsed() };
  }

  #packOne(entry: Entry, compressFrom: number): PackedEntry | Promise<PackedEntry> {
    const { codec, compression } = this.#options;
    const bytes = codec.encode(entry.value);
    if (bytes.length < compressFrom) return { entry, packed: { method: CompressionMethod.none, bytes } };
    const packed = compression.compress(bytes);
    return packed instanceof Promise ? packed.then((later) => ({ entry, packed: later })) : { entry, packed };
  }

  #headerOf(entry: Entry, slots: readonly number[], raise: Raise | undefined): Header {
    const { journal, table } = this.#options;
    const { bytes, dependencies, expiresAt, loadCost, loadedAt, tags } = entry;
    return {
      tableSize: table.size,
      heapBytes: bytes,
      loadedAt: loadedAt + journal.timeOffset,
      expiresAt: expiresAt + journal.timeOffset,
      rootVersion: table.versionOf(ROOT_SLOT),
      slots,
      versions: slots.map((slot) => (raise?.slots.has(slot) ? raise.version : table.stampedVersionOf(slot))),
      loadCost,
      tags,
      dependencies: dependencies ?? [],
    };
  }
}
