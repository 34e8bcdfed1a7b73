import { EVICT } from '../../base/signals/cache-signals.js';
import type { Entry } from '../entries/entry.js';
import type { CacheContext } from '../state/context.js';

const SWEEP_INTERVAL = 60_000;
/** Entries checked per turn of the event loop: well under a millisecond. */
const BATCH_SIZE = 2000;
const BATCH_DELAY = 1;

/** Removes, each minute, entries that have expired or were invalidated and not read since. */
export class ExpirySweep {
  readonly #context: CacheContext;
  #cancel: () => void;

  constructor(context: CacheContext) {
    this.#context = context;
    this.#rest();
  }

  stop(): void {
    this.#cancel();
  }

  #rest(): void {
    this.#cancel = this.#context.clock.after(SWEEP_INTERVAL, () => this.#goOn(this.#context.store.entries()));
  }

  #goOn(entries: IterableIterator<Entry>): void {
    for (let looked = 0; looked < BATCH_SIZE; looked++) {
      const next = entries.next();
      if (next.done) {
        this.#context.statistics.sweeps++;
        this.#rest();
        return;
      }
      this.#look(next.value);
    }
    this.#cancel = this.#context.clock.after(BATCH_DELAY, () => this.#goOn(entries));
  }

  #look(entry: Entry): void {
    const { clock, slots, statistics, store, table } = this.#context;
    const expired = entry.keptUntil <= clock.turn();
    if (!expired && table.unchangedSince(entry.stamp, slots.ofStored(entry))) return;
    store.delete(entry.id);
    statistics.swept++;
    if (expired) statistics.expirations++;
    else statistics.dropped++;
    if (!EVICT.isHeard) return;
    const { method, id, bytes, hits } = entry;
    EVICT.send({ method, id, reason: expired ? 'expired' : 'invalidated', bytes, hits });
  }
}
