import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../../../libs/larder/src/cache/engine.js';
import type { ReadRequest } from '../../../libs/larder/src/cache/state/read-request.js';
import type { PredictiveStats } from '../../../libs/larder/src/cache/stats/predictive-stats.js';
import type { LarderOptions } from '../../../libs/larder/src/config/options.js';
import type { Settings } from '../../../libs/larder/src/config/settings.js';
import type { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import type { ProfileStore, StoredProfile } from '../../../libs/larder/src/warming/profile/profile-store.js';
import { type Access, METHODS, MINUTE, type Week } from './week.js';

/** The parts of the library: those of its source in a test, those of the built files in a benchmark. */
export interface LibraryParts {
  readonly createEngine: (settings: Settings, profiles?: ProfileStore) => Promise<Engine>;
  readonly toSettings: (options: LarderOptions) => Settings;
  readonly FakeClock: new (start: number) => FakeClock;
  readonly ReadRequest: typeof ReadRequest;
}

export interface ReplayResult {
  /** Reads that waited for a load in the first minute of a peak, and in the first minute after a deploy. */
  readonly peakMisses: number;
  readonly deployMisses: number;
  /** All reads that waited for a load. */
  readonly misses: number;
  /** All loads from the source, in advance or not. */
  readonly loads: number;
  /** Events of predictive warming: pauses and their ends. */
  readonly events: readonly string[];
  /** What was loaded in advance by all processes. */
  readonly warmed: Pick<PredictiveStats, 'loads' | 'used' | 'unused'>;
}

/** A Monday. */
const START = Date.UTC(2026, 0, 5);
/** How long a load takes, in milliseconds. */
const LOAD_TIME = 40;

/** What was learned, for the next process: in place of Redis. */
class KeptProfile implements ProfileStore {
  /** Whether an exchange has begun, and not ended. */
  isOpen = false;
  #writes = 0;
  #stored: StoredProfile | undefined;

  async read(): Promise<StoredProfile | undefined> {
    this.isOpen = true;
    return this.#stored;
  }

  async write(bytes: Uint8Array, revision: string | undefined): Promise<boolean> {
    this.isOpen = false;
    if (revision !== this.#stored?.revision) return false;
    this.#stored = { bytes, revision: String(this.#writes++) };
    return true;
  }
}

/**
 * Replays a week in one process with a clock that is moved by hand. A deploy closes the cache, and opens one with nothing in it.
 * Values are only in memory: after a deploy each first read of a key is a load.
 */
export async function replayWeek(
  week: Week,
  predictiveWarming: boolean | number,
  parts: LibraryParts,
): Promise<ReplayResult> {
  const clock = new parts.FakeClock(START);
  const replay = new Replay(parts, clock, predictiveWarming);
  await replay.deploy();
  const deploys = [...week.deploys];
  for (const access of week.accesses) {
    while (deploys[0] !== undefined && deploys[0] <= access.at) {
      await replay.passTo(deploys.shift() as number);
      await replay.deploy();
    }
    await replay.passTo(access.at);
    replay.make(access, week);
  }
  await replay.close();
  return replay.result;
}

class Replay {
  readonly result = {
    peakMisses: 0,
    deployMisses: 0,
    misses: 0,
    loads: 0,
    events: [] as string[],
    warmed: { loads: 0, used: 0, unused: 0 },
  };
  readonly #parts: LibraryParts;
  readonly #clock: FakeClock;
  readonly #predictiveWarming: boolean | number;
  readonly #profile = new KeptProfile();
  #engine: Engine | undefined;
  #requests: ((key: number) => ReadRequest)[] = [];
  #missed: (path: string, method: number, key: number) => void = () => {};
  #loading = 0;
  #roundAt = 0;
  #now = 0;

  constructor(parts: LibraryParts, clock: FakeClock, predictiveWarming: boolean | number) {
    this.#parts = parts;
    this.#clock = clock;
    this.#predictiveWarming = predictiveWarming;
  }

  async deploy(): Promise<void> {
    await this.#closeEngine();
    const { createEngine, toSettings } = this.#parts;
    const settings = toSettings({
      clock: this.#clock,
      predictiveWarming: this.#predictiveWarming,
      onEvent: ({ type }) => {
        if (type.startsWith('predictive-warming')) this.result.events.push(type);
      },
    });
    const engine = await createEngine(settings, this.#profile);
    this.#engine = engine;
    const callables = METHODS.map(({ name, ttl }) => {
      const policy = { ...engine.policy({ ttl }), method: name, counters: engine.context.statistics.method(name) };
      const requestFor = ([key]: readonly unknown[]) =>
        new this.#parts.ReadRequest(`${name}:${key}`, () => this.#load(), policy);
      const callable = { name, requestFor, critical: undefined };
      engine.methods.add(requestFor, {}, callable, callable);
      return callable;
    });
    this.#requests = callables.map(
      ({ requestFor }) =>
        (key: number) =>
          requestFor([key]),
    );
    this.#missed = (path, method, key) =>
      engine.demand?.missed(path, callables[method] as (typeof callables)[number], [key]);
    engine.demand?.start();
    this.#roundAt = this.#now;
    await this.#exchanged();
  }

  /** Waits for what takes real time: other threads inflate and deflate what was learned, every two rounds. */
  async #exchanged(): Promise<void> {
    while (this.#profile.isOpen) await nextTurn();
    await nextTurn();
  }

  async passTo(at: number): Promise<void> {
    while (this.#now < at) {
      const untilRound = this.#roundAt + MINUTE - this.#now;
      const step = Math.min(at - this.#now, untilRound, this.#loading > 0 ? LOAD_TIME / 2 : Number.POSITIVE_INFINITY);
      const isLoading = this.#loading > 0;
      this.#clock.advance(step);
      this.#now += step;
      if (isLoading) await nextTurn();
      if (step < untilRound) continue;
      this.#roundAt = this.#now;
      await this.#exchanged();
    }
  }

  make({ at, method, key, isWrite }: Access, { peaks, deploys }: Week): void {
    const engine = this.#engine as Engine;
    const request = (this.#requests[method] as (key: number) => ReadRequest)(key);
    const { path, policy } = request;
    if (isWrite) {
      void engine.writer.invalidate([engine.context.slots.ofPath(path)], []);
      return;
    }
    if (engine.finder.hit(path, policy.counters) !== undefined) return;
    this.#missed(path, method, key);
    this.result.misses++;
    const isSoonAfter = (begin: number) => at >= begin && at < begin + MINUTE;
    if (peaks.some(isSoonAfter)) this.result.peakMisses++;
    if (deploys.some(isSoonAfter)) this.result.deployMisses++;
    engine.reader.read(request).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#closeEngine();
  }

  async #closeEngine(): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    const { loads, used, unused } = engine.demand?.stats() ?? { loads: 0, used: 0, unused: 0 };
    this.result.warmed.loads += loads;
    this.result.warmed.used += used;
    this.result.warmed.unused += unused;
    await engine.close();
  }

  #load(): Promise<object> {
    this.#loading++;
    this.result.loads++;
    return new Promise((resolve) => {
      this.#clock.after(LOAD_TIME, () => {
        this.#loading--;
        resolve({ title: 'Article' });
      });
    });
  }
}
