import { AsyncScope } from '../../base/async-scope.js';
import { LarderLoadCycleError } from '../../base/errors.js';
import { ObservedLoad, type OnRead } from '../observed/observed-load.js';
import type { Policy } from '../policy/policy.js';
import { type Flight, RunningLoad } from './flight.js';

/** The deepest nesting of loads of one key: ends recursion of loaders that are a new function at each read. */
const MAX_DEPTH = 8;

/** Tracks which load makes a read, so that no load waits for itself. */
export class LoadChain {
  readonly #scope = new AsyncScope<RunningLoad>();
  #observing = 0;
  #onObserved: (() => void) | undefined;

  /** Whether a load is being observed: only then a hit has to ask for {@link observing}. */
  get isObserving(): boolean {
    return this.#observing > 0;
  }

  /** @param listener is called when a load is observed and no other one was; it may be called again */
  onObserved(listener: () => void): void {
    this.#onObserved = listener;
  }

  /** The innermost observed load that makes this read. */
  get observing(): ObservedLoad | undefined {
    if (this.#observing === 0) return undefined;
    let load = this.#current();
    while (load !== undefined && (load.observed === undefined || !load.isRunning)) load = load.parent;
    return load?.observed;
  }

  /** Registers a load that is about to run. Call `end` when it is done. */
  begin(flights: readonly Flight[], loader: unknown, policy: Policy): RunningLoad {
    return this.#begin(flights, loader, policy, policy.tracker === undefined ? undefined : new ObservedLoad());
  }

  /**
   * Runs work that is no load itself.
   *
   * @param onRead called with what each cached value depends on that the work reads, if that is known
   */
  async observe<T>(name: string, onRead: OnRead, work: () => Promise<T>): Promise<T> {
    const running = this.#begin([], undefined, { method: name, source: undefined }, new ObservedLoad(onRead));
    try {
      return await this.run(running, work, undefined);
    } finally {
      this.end(running);
    }
  }

  /** Calls the loader, once. */
  run<Given, Result>(load: RunningLoad, loader: (given: Given) => Result, given: Given): Result {
    return this.#scope.enter(load, loader, given);
  }

  end(load: RunningLoad): void {
    if (load.observed !== undefined && load.isRunning) this.#observing--;
    load.end();
    this.#scope.leave();
  }

  /** Runs work in the background: the current load does not wait for it. */
  detach<T>(work: () => T): T {
    return this.#scope.detach(work);
  }

  /**
   * Whether a load of the same key makes this read: then its own loader runs, since waiting would never end.
   *
   * @throws LarderLoadCycleError if it would be the same loader again
   */
  isInside(id: string, loader: unknown, { source }: Policy): boolean {
    const names: string[] = [];
    let depth = 0;
    for (let load = this.#current(); load !== undefined; load = load.parent) {
      names.push(load.name);
      if (!load.brings(id)) continue;
      depth++;
      const isSame = source === undefined ? load.loader === loader : load.source === source;
      if (isSame || depth >= MAX_DEPTH) throw new LarderLoadCycleError(id, names.reverse());
    }
    return depth > 0;
  }

  /** Whether a flight waits, directly or through other loads, for the load that makes this read. */
  waitsForUs(flight: Flight): boolean {
    const current = this.#current();
    return current !== undefined && waitsFor(flight, ancestors(current), new Set());
  }

  /** Notes that the load that makes this read now waits for a flight. */
  note(flight: Flight): void {
    this.#current()?.waitFor(flight);
  }

  #begin(
    flights: readonly Flight[],
    loader: unknown,
    policy: Pick<Policy, 'method' | 'source'>,
    observed: ObservedLoad | undefined,
  ): RunningLoad {
    if (observed !== undefined && this.#observing++ === 0) this.#onObserved?.();
    return new RunningLoad(flights, loader, policy, this.#current(), observed);
  }

  #current(): RunningLoad | undefined {
    let load = this.#scope.current;
    while (load !== undefined && !load.isRunning) load = load.parent;
    return load;
  }
}

function ancestors(innermost: RunningLoad): ReadonlySet<RunningLoad> {
  const loads = new Set<RunningLoad>();
  for (let load: RunningLoad | undefined = innermost; load !== undefined; load = load.parent) loads.add(load);
  return loads;
}

function waitsFor({ load }: Flight, loads: ReadonlySet<RunningLoad>, seen: Set<RunningLoad>): boolean {
  if (load === undefined || !load.isRunning || seen.has(load)) return false;
  if (loads.has(load)) return true;
  seen.add(load);
  for (const flight of load.waiting()) if (waitsFor(flight, loads, seen)) return true;
  return false;
}
