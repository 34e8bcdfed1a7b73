import { inParallel } from '../../base/concurrency.js';
import { plainCopy } from '../../base/plain-copy.js';
import { idOf } from '../../keys/key.js';
import { matches } from '../../keys/target.js';
import type { Entry } from '../entries/entry.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { Arguments, Callable } from './cached-methods.js';

export interface RefreshBounds {
  readonly isOn: boolean;
  /** Milliseconds between rounds. */
  readonly interval: number;
  /** Globs of paths whose entries count as critical, whichever method loads them. */
  readonly criticalKeys: readonly string[];
}

/** How to load an entry again, and its state at the last round. */
interface Reload {
  readonly callable: Callable;
  readonly parameters: Arguments;
  isCritical: boolean;
  /** Whether the configuration names its key: as critical as the others, for as long as its entry is there. */
  readonly isNamed: boolean;
  hits: number;
  loadedAt: number;
}

interface DueReload {
  readonly reload: Reload;
  readonly hits: number;
}

const CONCURRENCY = 3;
/** The fraction of its TTL after which an entry is refreshed. */
const REFRESH_AFTER = 0.8;
/** Hits since the last round that make an entry worth a refresh; a critical entry needs none. */
const MIN_HITS = 3;
/** Entries checked per turn of the event loop. */
const BATCH_SIZE = 2000;
const BATCH_DELAY = 1;
/** Reloads noted before the first removal of those whose entries are gone. */
const FIRST_TIDY = 1000;

/** Refreshes hot and critical entries before they expire, in rounds: critical entries first, then the most used. */
export class BackgroundRefresh {
  readonly #context: CacheContext;
  readonly #refresher: Refresher;
  readonly #bounds: RefreshBounds;
  /** By entry id. */
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
   * Notes how to load an entry. Copies the parameters; an entry whose parameters are not small and plain is left to expire.
   *
   * @param callable a method of an instance that lives as long as the application
   */
  note(path: string, callable: Callable, given: Arguments, isCritical = false): void {
    if (!this.#bounds.isOn || this.#context.closing.aborted) return;
    const id = idOf(path);
    const known = this.#reloads.get(id);
    if (known !== undefined && (known.isCritical || !isCritical)) return;
    const parameters = plainCopy(given);
    if (parameters === undefined) return;
    const isNamed = this.#bounds.criticalKeys.some((glob) => matches(glob, path));
    this.#reloads.set(id, { callable, parameters, isCritical, isNamed, hits: 0, loadedAt: 0 });
    if (this.#reloads.size >= this.#tidyAt) this.#tidy();
  }

  /** Treats calls of a method that are not critical any more like all others. */
  demote(callable: Callable, critical: ReadonlySet<string>): void {
    for (const [id, reload] of this.#reloads) {
      if (reload.callable === callable && !critical.has(id)) reload.isCritical = false;
    }
  }

  /** Removes reloads whose entries were evicted or have expired. */
  #tidy(): void {
    for (const [id, { isCritical }] of this.#reloads) {
      if (!isCritical && this.#context.store.peek(id) === undefined) this.#reloads.delete(id);
    }
    this.#tidyAt = FIRST_TIDY + 2 * this.#reloads.size;
  }

  #rest(): void {
    this.#cancelRound = this.#context.clock.after(this.#bounds.interval, () => {
      this.#rest();
      // A round may take longer than the interval: rounds must not overlap.
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
    if (!this.#isLate(entry) || !(isFirst(reload) || hits >= MIN_HITS)) return;
    // An invalidated entry is loaded at its next read.
    if (table.unchangedSince(entry.stamp, slots.ofStored(entry))) due.push({ reload, hits });
  }

  async #refresh(due: DueReload[]): Promise<void> {
    due.sort((one, other) => Number(isFirst(other.reload)) - Number(isFirst(one.reload)) || other.hits - one.hits);
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
      // The method gets a copy: if it mutates its parameters, the next round must not see that.
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

function isFirst({ isCritical, isNamed }: Reload): boolean {
  return isCritical || isNamed;
}
