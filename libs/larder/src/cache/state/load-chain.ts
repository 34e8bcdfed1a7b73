import { AsyncScope } from '../../base/async-scope.js';
import { LarderLoadCycleError } from '../../base/errors.js';
import type { Policy } from '../policy/policy.js';
import { type Flight, RunningLoad } from './flight.js';

/** Loads of one key inside each other. Loaders that are made anew for each read cannot be told apart: this ends them. */
const MAX_DEPTH = 8;

/** Knows which load a read is made by, so that no load waits for itself. */
export class LoadChain {
  readonly #scope = new AsyncScope<RunningLoad>();

  /** A load that is about to run and brings some flights. It must be ended. */
  begin(flights: readonly Flight[], loader: unknown, policy: Policy): RunningLoad {
    return new RunningLoad(flights, loader, policy, this.#current());
  }

  /** Calls the loader, once. */
  run<Result, Given extends readonly unknown[]>(
    load: RunningLoad,
    loader: (...given: Given) => Result,
    ...given: Given
  ): Result {
    return this.#scope.enter(load, loader, ...given);
  }

  end(load: RunningLoad): void {
    load.end();
    this.#scope.leave();
  }

  /** Runs work in the background: the load that starts it does not wait for it. */
  detach<T>(work: () => T): T {
    return this.#scope.detach(work);
  }

  /**
   * Whether a read is made by a load of the same key: then its own loader runs, since waiting would never end.
   *
   * @throws LarderLoadCycleError if that would be the same loader again
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

  /** Whether a flight waits, by whatever loads, for the load that a read is made by. */
  waitsForUs(flight: Flight): boolean {
    const current = this.#current();
    return current !== undefined && waitsFor(flight, ancestors(current), new Set());
  }

  /** Notes that the load which a read is made by waits for a flight from now on. */
  note(flight: Flight): void {
    this.#current()?.waitFor(flight);
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
