import { Logger } from '@nestjs/common';
import type { Clock } from './base/clock.js';
import type { Statistics } from './cache/stats/statistics.js';

/** In milliseconds. */
const INTERVAL = 10_000;

const OF_CALLS = {
  hits: 'hits',
  stale: 'stale hits',
  misses: 'misses',
  fallbacks: 'fallbacks',
  coalesced: 'coalesced',
  loads: 'loads',
  errors: 'errors',
  timeouts: 'timeouts',
} as const;
const OF_WRITES = { invalidations: 'invalidations' } as const;
const OF_CACHE = {
  invalidations: 'invalidations',
  sweeps: 'sweeps',
  swept: 'entries swept',
  invalidatedDuringLoad: 'values invalidated during their load',
} as const;

type Counts<Labels> = { [Name in keyof Labels]: number };

/**
 * With `log: 'debug'`, logs the counts since the last line at debug level: the calls of each method and the work of the cache
 * itself. Logs nothing while nothing happens.
 */
export class CountsLogger {
  readonly #logger = new Logger('Larder');
  readonly #statistics: Statistics;
  readonly #clock: Clock;
  /** The counts at the last line, by subject. */
  readonly #before = new Map<string, Readonly<Record<string, number>>>();
  #cancel = () => {};

  constructor(statistics: Statistics, clock: Clock) {
    this.#statistics = statistics;
    this.#clock = clock;
  }

  start(): void {
    this.#cancel = this.#clock.after(INTERVAL, () => {
      this.#write();
      this.start();
    });
  }

  /** Logs the remaining counts. */
  stop(): void {
    this.#cancel();
    this.#write();
  }

  #write(): void {
    for (const [name, counters] of this.#statistics.methods()) this.#writeOne(name, counters, OF_CALLS);
    for (const [name, invalidations] of this.#statistics.writers()) {
      // Apart from what the method reads, if it does both.
      this.#writeOne(name, { invalidations }, OF_WRITES, `${name} writes`);
    }
    this.#writeOne('Calls of Cache', this.#statistics.direct, OF_CALLS);
    this.#writeOne('The cache', this.#statistics, OF_CACHE);
  }

  #writeOne<Labels extends Readonly<Record<string, string>>>(
    subject: string,
    counts: Counts<Labels>,
    labels: Labels,
    place = subject,
  ): void {
    const before = this.#before.get(place);
    const now = Object.fromEntries(Object.keys(labels).map((name) => [name, counts[name] as number]));
    const parts = Object.entries(labels)
      .map(([name, label]) => ({ label, count: (now[name] as number) - (before?.[name] ?? 0) }))
      .filter(({ count }) => count > 0)
      .map(({ label, count }) => `${count} ${label}`);
    this.#before.set(place, now);
    if (parts.length > 0) this.#logger.debug(`${subject}: ${parts.join(', ')}`);
  }
}
