import { type Clock, SystemClock } from '../base/clock.js';
import type { TierEntry } from '../cache/entries/tier-entry.js';
import type { Lease, Leases } from '../cache/shared-tier/leases.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import { matches } from '../keys/target.js';

/** A tier that several caches of one process share, for tests without Redis. */
export class MemoryTier implements Tier {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { readonly bytes: Uint8Array; readonly expiresAt: number }>();

  constructor(clock: Clock = new SystemClock()) {
    this.#clock = clock;
  }

  async getMany(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return ids.map((id) => {
      const entry = this.#entries.get(id);
      return entry !== undefined && entry.expiresAt > this.#clock.elapsed() ? entry.bytes : undefined;
    });
  }

  async setMany(entries: readonly TierEntry[]): Promise<void> {
    const now = this.#clock.elapsed();
    for (const { id, bytes, ttl } of entries) this.#entries.set(id, { bytes, expiresAt: now + ttl });
  }

  async *search(glob: string): AsyncIterable<readonly string[]> {
    yield [...this.#entries.keys()].filter((id) => matches(glob, id));
  }

  async close(): Promise<void> {}
}

/** Leases that several caches of one process share. */
export class MemoryLeases implements Leases {
  readonly #held = new Map<string, Lease>();

  async take(id: string, generation: number): Promise<Lease | undefined> {
    const name = `${id}:${generation}`;
    if (this.#held.has(name)) return undefined;
    const lease: Lease = {
      release: async () => {
        if (this.#held.get(name) === lease) this.#held.delete(name);
      },
    };
    this.#held.set(name, lease);
    return lease;
  }
}
