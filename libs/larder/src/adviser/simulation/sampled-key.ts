import type { Entry } from '../../cache/entries/entry.js';
import type { RenewalRule } from '../../cache/stats/access-watch.js';
import type { Slots } from '../../cache/versions/slots.js';
import type { VersionTable } from '../../cache/versions/version-table.js';
import type { MethodFigures } from './method-figures.js';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A whole number from 0 to 2^32 - 1, spread evenly: FNV-1a with the finaliser of MurmurHash3. */
export function hashOf(id: string): number {
  let state = FNV_OFFSET;
  for (let index = 0; index < id.length; index++) state = Math.imul(state ^ id.charCodeAt(index), FNV_PRIME);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** What is known of a key in the sample, for all miniature caches. */
export class SampledKey {
  /** Raised by each invalidation. An entry of an earlier generation is not served. */
  generation = 0;
  bytes = 0;
  /** Milliseconds. */
  ttl = 0;
  /** Milliseconds. */
  reloadCost = 0;
  rule: RenewalRule = NO_RENEWAL;
  /** How many miniature caches hold it. */
  holders = 0;
  /** When the value expired that the present settings stored last, and its generation. */
  expiresAt = Number.POSITIVE_INFINITY;
  expiredGeneration = -1;
  #slots: readonly number[] = [];
  #stamp = 0;

  constructor(
    readonly id: string,
    readonly hash: number,
    readonly figures: MethodFigures,
  ) {}

  /** @param storedAt from when on the TTL counts */
  learn(entry: Entry, rule: RenewalRule, storedAt: number, slots: Slots): void {
    this.bytes = entry.bytes;
    this.reloadCost = entry.reloadCost;
    this.ttl = Math.max(0, entry.expiresAt - storedAt);
    this.rule = rule;
    this.#slots = slots.ofStored(entry);
    this.#stamp = entry.stamp;
    this.figures.learn(this.ttl, rule);
  }

  /** Notices whether something that the key depends on was invalidated. */
  compareWith(table: VersionTable): void {
    if (this.#stamp === table.sequence) return;
    if (!table.unchangedSince(this.#stamp, this.#slots)) this.generation++;
    this.#stamp = table.sequence;
  }
}

export const NO_RENEWAL: RenewalRule = { staleWhileRevalidate: 0, refreshAhead: 1 };
