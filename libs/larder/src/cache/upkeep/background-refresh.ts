import { inParallel } from '../../base/concurrency.js';
import { plainCopy } from '../../base/plain-copy.js';
import { idOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { Arguments, Callable } from './cached-methods.js';

export interface RefreshBounds {
  readonly isOn: boolean;
  /** Milliseconds between rounds. */
  readonly interval: number;
}

/** How an entry is loaded again, and what the last round saw of it. */
interface Reload {
  readonly callable: Callable;
  readonly parameters: Arguments;
  isCritical: boolean;
  hits: number;
  loadedAt: number;
}

interface DueReload {
  readonly reload: Reload;
  readonly hits: number;
}

/** Loads at once. */
const CONCURRENCY = 3;
/** The fraction of its TTL after which an entry is refreshed. */
const REFRESH_AFTER = 0.8;
/** Hits since the last round that make an entry worth a refresh; a critical one needs none. */
const MIN_HITS = 3;
/** Entries looked at in one turn of the event loop. */
const BATCH_SIZE = 2000;
const BATCH_DELAY = 1;
/** Reloads noted before the first look for those whose entries are gone. */
const FIRST_TIDY = 1000;

/** Fetches hot and critical entries anew before they expire: round by round, critical ones first, then the most used. */
export class BackgroundRefresh {
  readonly #context: CacheContext;
  readonly #refresher: Refresher;
  readonly #bounds: RefreshBounds;
  /** By the ids of their entries. */
  readonly #reloads = new Map<string, Reload>();
  #tidyAt = FIRST_TIDY;
  #isRunning = false;
  #cancelRound = () => {};
  #cancelSlice = () => {};

  constructor(context: CacheContext, refresher: Refresher, bounds: RefreshBounds) {
    this.#context = context;
    this.#refresher = refresher;
    this.#bounds = bounds;
    if (bounds.isOn) this.#rest();
  }

  stop(): void {
    this.#cancelRound();
    this.#cancelSlice();
    this.#reloads.clear();
  }

  /**
   * Notes how an entry is loaded. Its parameters are copied; where they are not plain and small the entry is left to expire.
   *
   * @param callable of an instance that lives as long as the application
   */
  note(path: string, callable: Callable, given: Arguments, isCritical = false): void {
    if (!this.#bounds.isOn || this.#context.closing.aborted) return;
    const id = idOf(path);
    const known = this.#reloads.get(id);
    if (known !== undefined && (known.isCritical || !isCritical)) return;
    const parameters = plainCopy(given);
    if (parameters === undefined) return;
    this.#reloads.set(id, { callable, parameters, isCritical, hits: 0, loadedAt: 0 });
    if (this.#reloads.size >= this.#tidyAt) this.#tidy();
  }

  /** Has the calls of a method that are not critical any more count as all others. */
  demote(callable: Callable, critical: ReadonlySet<string>): void {
    for (const [id, reload] of this.#reloads) {
      if (reload.callable === callable && !critical.has(id)) reload.isCritical = false;
    }
  }

  /** Forgets those whose entries were evicted or have expired. */
  #tidy(): void {
    for (const [id, { isCritical }] of this.#reloads) {
      if (!isCritical && this.#context.store.peek(id) === undefined) this.#reloads.delete(id);
    }
    this.#tidyAt = FIRST_TIDY + 2 * this.#reloads.size;
  }

  #rest(): void {
    this.#cancelRound = this.#context.clock.after(this.#bounds.interval, () => {
      this.#rest();
      // A round that takes longer than the time between rounds is not joined by another.
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#look(this.#reloads.entries(), []);
    });
  }

  #look(reloads: IterableIterator<[string, Reload]>, due: DueReload[]): void {
    for (let looked = 0; looked < BATCH_SIZE; looked++) {
      const next = reloads.next();
      if (next.done) {
        void this.#refresh(due);
        return;
      }
      const [id, reload] = next.value;
      const entry = this.#context.store.peek(id);
      if (entry !== undefined) this.#lookAt(entry, reload, due);
      else if (!reload.isCritical) this.#reloads.delete(id);
    }
    this.#cancelSlice = this.#context.clock.after(BATCH_DELAY, () => this.#look(reloads, due));
  }

  #lookAt(entry: Entry, reload: Reload, due: DueReload[]): void {
    const { slots, table } = this.#context;
    const hits = entry.loadedAt === reload.loadedAt ? entry.hits - reload.hits : entry.hits;
    reload.hits = entry.hits;
    reload.loadedAt = entry.loadedAt;
    if (!this.#isLate(entry) || !(reload.isCritical || hits >= MIN_HITS)) return;
    // What was invalidated is loaded when it is asked for.
    if (table.unchangedSince(entry.stamp, slots.ofStored(entry))) due.push({ reload, hits });
  }

  async #refresh(due: DueReload[]): Promise<void> {
    due.sort((one, other) => Number(other.reload.isCritical) - Number(one.reload.isCritical) || other.hits - one.hits);
    const { closing } = this.#context;
    await inParallel(
      due,
      CONCURRENCY,
      ({ reload }) => this.#refreshOne(reload),
      () => closing.aborted,
    );
    this.#isRunning = false;
  }

  async #refreshOne({ callable, parameters }: Reload): Promise<void> {
    try {
      // The method gets a copy of its own: what it does to its parameters must not show in the next round.
      const request = callable.requestFor(plainCopy(parameters) as Arguments);
      if (request === undefined) return;
      await this.#refresher.refresh(request, (entry) => !this.#isLate(entry));
    } catch (error) {
      this.#context.report({ type: 'refresh-failed', method: callable.name, error });
    }
  }

  #isLate({ loadedAt, expiresAt }: Entry): boolean {
    return this.#context.clock.elapsed() >= loadedAt + REFRESH_AFTER * (expiresAt - loadedAt);
  }
}
