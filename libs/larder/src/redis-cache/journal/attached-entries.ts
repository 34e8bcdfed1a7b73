import type { Argument } from '../../redis/connection.js';
import { MAX_SCRIPT_BYTES, storedEntry } from '../stored-entry.js';
import type { AskedBump, BumpBatch } from './bump-batch.js';

/** The entries that a batch of bumps stores if it gives its slots a certain version. */
export class AttachedEntries {
  readonly version: number;
  readonly names: string[] = [];
  /** Bytes and TTL of each entry. */
  readonly args: Argument[] = [];
  readonly #owners = new Set<AskedBump>();
  #bytes = 0;

  /** @param prefix of every name in Redis */
  constructor({ bumps, last }: BumpBatch, version: number, prefix: string) {
    this.version = version;
    for (const bump of bumps) if (last.has(bump)) this.#add(bump, prefix);
  }

  /** Whether the entries of a bump are among them. */
  has(bump: AskedBump): boolean {
    return this.#owners.has(bump);
  }

  #add(bump: AskedBump, prefix: string): void {
    // Redis refuses an expiry of 0, and with it the script.
    const entries = (bump.attachment?.(this.version) ?? []).filter(({ ttl }) => ttl >= 1);
    let bytes = this.#bytes;
    for (const entry of entries) bytes += entry.bytes.length;
    if (entries.length === 0 || bytes > MAX_SCRIPT_BYTES) return;
    this.#bytes = bytes;
    this.#owners.add(bump);
    for (const entry of entries) {
      const stored = storedEntry(prefix, entry);
      this.names.push(stored.key);
      this.args.push(stored.bytes, stored.ttl);
    }
  }
}
