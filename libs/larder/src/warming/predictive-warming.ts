import { inParallel } from '../base/concurrency.js';
import { withinLimit } from '../base/timeout.js';
import type { Entry } from '../cache/entries/entry.js';
import type { PredictiveStats } from '../cache/stats/predictive-stats.js';
import type { Arguments, Callable } from '../cache/upkeep/cached-methods.js';
import type { DemandParts, DemandWatch } from '../cache/upkeep/demand-watch.js';
import { idOf } from '../keys/key.js';
import { matches } from '../keys/target.js';
import { type Candidate, candidates } from './candidates.js';
import { DemandLog } from './demand-log.js';
import { asJson } from './given.js';
import { allowance } from './ledger.js';
import { Pauses } from './pauses.js';
import type { ProfileStore } from './profile/profile-store.js';
import { SharedProfile } from './profile/shared-profile.js';
import { Rests } from './rests.js';
import { WaitingValues } from './waiting-values.js';

export interface PredictiveOptions {
  /** The most loads a minute. */
  readonly loadsPerMinute: number;
  /** Where processes share what they learned; `undefined` to keep it in this process. */
  readonly store: ProfileStore | undefined;
}

const INTERVAL = 60_000;
/** Rounds from one exchange with the other processes to the next. */
const EXCHANGE_ROUNDS = 5;
/** A value is loaded when demand for it begins within this time: the next two rounds. */
const LEAD = 3 * INTERVAL;
/** A value that can be served for less is not worth a load: rounds are a minute apart. */
const MIN_LIFE = 2 * INTERVAL;
/** Rounds after the start in which the memory is taken for empty. */
const START_ROUNDS = 2;
const CONCURRENCY = 5;
/** How long a round waits for a load. The load goes on. */
const LOAD_TIMEOUT = 30_000;

/** Hits of an entry that were counted already. */
interface Seen {
  readonly loadedAt: number;
  readonly hits: number;
}

/** Loads what will be wanted, as learned from the calls of the past, shortly before it is. */
export class PredictiveWarming implements DemandWatch {
  readonly #parts: DemandParts;
  readonly #options: PredictiveOptions;
  readonly #log: DemandLog;
  readonly #waiting: WaitingValues;
  readonly #pauses = new Pauses();
  readonly #rests: Rests;
  readonly #seen = new Map<string, Seen>();
  readonly #stats = { loads: 0, used: 0, unused: 0, failed: 0 };
  #round = 0;
  #tokens: number;
  #isBusy = false;
  /** Loads of all methods, those of this class included, when they were counted last. */
  #countedLoads = 0;
  #countedOwn = 0;
  #cancel = () => {};

  constructor(options: PredictiveOptions, parts: DemandParts) {
    const { clock } = parts.context;
    this.#parts = parts;
    this.#options = options;
    this.#log = new DemandLog(options.store && new SharedProfile(options.store), clock.now());
    this.#waiting = new WaitingValues(
      (isUsed, cost) => this.#settle(isUsed, cost),
      options.store === undefined ? 0 : 2 * EXCHANGE_ROUNDS * INTERVAL,
    );
    this.#rests = new Rests(clock);
    this.#tokens = options.loadsPerMinute;
  }

  missed(path: string, { name }: Callable, given: Arguments): void {
    const id = idOf(path);
    if (this.#log.hasAsked(id)) return;
    const json = this.#log.demand.groups.get(name)?.keys.get(id)?.given ?? asJson(given);
    if (json !== undefined) this.#log.ask(name, id, json);
  }

  left(entry: Entry): void {
    const { clock } = this.#parts.context;
    const method = this.#look(entry);
    this.#seen.delete(entry.id);
    if (method === undefined) return;
    const now = clock.elapsed();
    this.#waiting.left(entry, now);
    this.#log.lived(method, Math.min(now, entry.expiresAt) - entry.loadedAt);
  }

  start(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#parts.context.clock.after(INTERVAL, () => this.start());
    // A round may take longer than the interval: rounds must not overlap.
    if (!this.#isBusy) void this.#run();
    else this.#count();
  }

  stats(): PredictiveStats {
    const { count: pauses } = this.#pauses;
    const pausedFor = this.#pauses.leftAt(this.#parts.context.clock.elapsed());
    return { keys: this.#log.demand.size, ...this.#stats, pauses, pausedFor };
  }

  async close(): Promise<void> {
    this.#cancel();
    if (this.#round === 0) return;
    this.#count();
    await this.#exchange();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    try {
      this.#count();
      if (this.#round++ % EXCHANGE_ROUNDS === 0) await this.#exchange();
      const { context } = this.#parts;
      this.#waiting.expire(context.clock.elapsed());
      if (this.#pauses.end(context.clock.elapsed())) context.report({ type: 'predictive-warming-resumed' });
      if (this.#pauses.leftAt(context.clock.elapsed()) === 0) await this.#warm();
    } finally {
      this.#isBusy = false;
    }
  }

  /** Counts what was asked for since the last time. */
  #count(): void {
    const { clock, statistics, store } = this.#parts.context;
    for (const id of this.#seen.keys()) if (store.peek(id) === undefined) this.#seen.delete(id);
    for (const { keys } of this.#log.demand.groups.values()) {
      for (const id of keys.keys()) {
        const entry = store.peek(id);
        if (entry !== undefined) this.#look(entry);
      }
    }
    for (const id of this.#log.fold(clock.now())) {
      // The hits of this minute are in the key's first count.
      const entry = this.#seen.has(id) ? undefined : store.peek(id);
      if (entry !== undefined) this.#seen.set(id, { loadedAt: entry.loadedAt, hits: entry.hits });
    }
    let loads = statistics.direct.loads;
    for (const [, counters] of statistics.methods()) loads += counters.loads;
    const own = this.#stats.loads;
    this.#log.count('loads', Math.max(0, loads - this.#countedLoads - (own - this.#countedOwn)));
    this.#countedLoads = loads;
    this.#countedOwn = own;
    this.#tokens = this.#options.loadsPerMinute;
  }

  /** Counts the hits of an entry since the last look. @returns its method, if its demand is known */
  #look(entry: Entry): string | undefined {
    const { id, hits, loadedAt, method } = entry;
    if (method === undefined) return undefined;
    const group = this.#log.demand.groups.get(method);
    const key = group?.keys.get(id);
    if (group === undefined || key === undefined) return undefined;
    if (group.life === 0) this.#log.lived(method, entry.expiresAt - loadedAt);
    const seen = this.#seen.get(id);
    const isNew = seen === undefined || seen.loadedAt !== loadedAt;
    if (hits > (isNew ? 0 : seen.hits)) {
      this.#log.ask(method, id, key.given);
      // It was used in the minute before.
      this.#waiting.served(entry, this.#parts.context.clock.elapsed() - INTERVAL / 2);
    }
    if (isNew || hits !== seen.hits) this.#seen.set(id, { loadedAt, hits });
    return method;
  }

  /** Without an answer of the store, the next exchange has everything. */
  async #exchange(): Promise<void> {
    const { clock } = this.#parts.context;
    const compare = (whole: Parameters<WaitingValues['compare']>[1]) => this.#waiting.compare(this.#log.demand, whole);
    await this.#log.exchange(clock.now(), compare).catch(() => {});
  }

  async #warm(): Promise<void> {
    const { context, criticalKeys, methods } = this.#parts;
    const callables = methods.unambiguous();
    const found = candidates(this.#log.demand, context.clock.now(), {
      isStart: this.#round <= START_ROUNDS,
      lead: LEAD,
      minLife: MIN_LIFE,
      isPresent: (id) => this.#isPresent(id),
      mayLoad: (method) => callables.has(method) && !this.#rests.isResting(method),
      isCritical: (method, id) =>
        callables.get(method)?.critical !== undefined || criticalKeys.some((glob) => matches(glob, id)),
    });
    let running = 0;
    const isOver = () =>
      this.#isClosed ||
      this.#tokens <= 0 ||
      this.#pauses.leftAt(context.clock.elapsed()) > 0 ||
      allowance(this.#log.demand.counts, this.#waiting.size + running) === 0;
    const one = async (candidate: Candidate) => {
      const callable = callables.get(candidate.method) as Callable;
      if (this.#rests.isResting(candidate.method) || this.#isPresent(candidate.id)) return;
      running++;
      await this.#load(candidate, callable);
      running--;
    };
    await inParallel(found, CONCURRENCY, one, isOver);
  }

  async #load({ id, method, given }: Candidate, callable: Callable): Promise<void> {
    const { context, refresher } = this.#parts;
    const { clock, store } = context;
    try {
      const request = callable.requestFor(JSON.parse(given) as Arguments);
      // Another release may have another key for these parameters, or call the method for each caller.
      if (request === undefined || idOf(request.path) !== id || !request.policy.inMemory) {
        this.#log.demand.groups.get(method)?.keys.delete(id);
        return;
      }
      const began = clock.elapsed();
      const hung = () => Promise.reject(new Error(`no value within ${LOAD_TIMEOUT / 1000} s; the load goes on`));
      const loaded = await withinLimit(clock, LOAD_TIMEOUT, refresher.bring(request), hung);
      if (loaded === 'found' || loaded === 'under way') return;
      this.#tokens--;
      this.#stats.loads++;
      const entry = store.peek(id);
      // Not stored, or invalidated meanwhile.
      if (entry === undefined || entry.loadedAt < began) this.#settle(false, 1);
      else this.#waiting.add(entry, method, clock.now());
      this.#rests.succeeded(method);
    } catch (error) {
      if (this.#isClosed) return;
      this.#tokens--;
      this.#stats.loads++;
      this.#stats.failed++;
      this.#rests.failed(method);
      context.report({ type: 'load-failed', id, method, error });
    }
  }

  #settle(isUsed: boolean, cost: number): void {
    const { context } = this.#parts;
    this.#stats[isUsed ? 'used' : 'unused']++;
    this.#log.count(isUsed ? 'used' : 'unused');
    this.#log.count('extra', cost);
    const pause = this.#pauses.settle(isUsed, context.clock.elapsed());
    if (pause === undefined || this.#isClosed) return;
    context.report({ type: 'predictive-warming-paused', ...pause });
  }

  /** Whether a read would find the value, or a load to join. */
  #isPresent(id: string): boolean {
    const { clock, flights, slots, store, table } = this.#parts.context;
    if (flights.of(id) !== undefined) return true;
    const entry = store.peek(id);
    if (entry === undefined || entry.expiresAt <= clock.elapsed()) return false;
    return table.unchangedSince(entry.stamp, slots.ofStored(entry));
  }

  get #isClosed(): boolean {
    return this.#parts.context.closing.aborted;
  }
}
