import type { Clock } from '../clock.js';
import { BatchReader } from './batch.js';
import type { EventListener } from './events.js';
import { Flights } from './flight.js';
import type { JournalFactory } from './journal.js';
import type { Parts } from './parts.js';
import { type CacheOptions, type Policy, type PolicyDefaults, toPolicy } from './policy.js';
import { Reader } from './read.js';
import { Slots } from './slots.js';
import { Statistics } from './statistics.js';
import type { Store } from './store.js';
import { VersionTable } from './versions.js';
import { Writer } from './write.js';

const SWEEP_EVERY = 60_000;

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: Store;
  readonly journal: JournalFactory;
  /** Slots of the version table. */
  readonly slots: number;
  readonly defaults: PolicyDefaults;
  /** Milliseconds. */
  readonly maxStaleness: number;
  readonly report: EventListener;
}

/** One cache at work: what it reads, writes and invalidates with, on one store, one table and one journal. */
export class Engine {
  readonly parts: Parts;
  readonly reader: Reader;
  readonly batches: BatchReader;
  readonly writer: Writer;
  readonly #closing = new AbortController();
  #cancelSweep: () => void;

  constructor({ journal, slots, ...options }: EngineOptions) {
    const table = new VersionTable(slots);
    this.parts = {
      ...options,
      table,
      slots: new Slots(slots),
      journal: journal(table),
      flights: new Flights(),
      statistics: new Statistics(),
      closing: this.#closing.signal,
    };
    this.reader = new Reader(this.parts);
    this.batches = new BatchReader(this.parts, this.reader);
    this.writer = new Writer(this.parts);
    this.#sweepLater();
  }

  /** Options with the cache's defaults filled in; calls under them are counted for the method, if there is one. */
  policy(options: CacheOptions, method?: string): Policy {
    const { statistics, defaults } = this.parts;
    const counters = method === undefined ? statistics.direct : statistics.method(method);
    return { ...toPolicy(options, defaults, counters), method };
  }

  /** Forgets everything and stops what runs in the background. Calls after it go to their source. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#cancelSweep();
    this.parts.store.clear();
    await this.parts.journal.close();
  }

  #sweepLater(): void {
    this.#cancelSweep = this.parts.clock.after(SWEEP_EVERY, () => {
      this.parts.store.sweep(this.parts.clock.elapsed());
      this.#sweepLater();
    });
  }
}
