import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { REDIS, type RedisMessage } from '../../base/signals/work-signals.js';
import type { MemoryStore } from '../../cache/entries/memory-store.js';

/** Percentiles in milliseconds, with a fraction; `null` before the first measurement. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const KEPT = 2000;
const PROBES = 32;

/** The last measurements, and their percentiles. */
class Recent {
  readonly #times = new Float64Array(KEPT);
  #count = 0;

  add(time: number): void {
    this.#times[this.#count++ % KEPT] = time;
  }

  percentiles(): Percentiles {
    const sorted = this.#times.slice(0, Math.min(this.#count, KEPT)).sort();
    const at = (fraction: number) => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? null;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

/**
 * How long the two tiers take. Hits in memory are not timed, because that would take longer than the hit: some look-ups of
 * stored entries are timed from time to time instead.
 */
export class RecentLatency {
  readonly #memory = new Recent();
  readonly #redis = new Recent();
  readonly #hear = (message: unknown) => {
    const { duration, result } = message as RedisMessage;
    if (result === 'answered') this.#redis.add(duration);
  };

  constructor() {
    subscribe(REDIS.name, this.#hear);
  }

  /** Times some look-ups; neither statistics nor eviction notice. */
  probe(store: MemoryStore): void {
    const ids: string[] = [];
    for (const { id } of store.entries()) {
      ids.push(id);
      if (ids.length === PROBES) break;
    }
    for (const id of ids) {
      const began = performance.now();
      store.peek(id);
      this.#memory.add(performance.now() - began);
    }
  }

  percentiles(): { readonly memory: Percentiles; readonly redis: Percentiles } {
    return { memory: this.#memory.percentiles(), redis: this.#redis.percentiles() };
  }

  close(): void {
    unsubscribe(REDIS.name, this.#hear);
  }
}
