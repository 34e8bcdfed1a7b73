import { SUPPORT } from '../measure/redis.js';

// The generator and the replay are those of the tests, compiled by `npm run programs`; the engine is taken from the built files,
// because only it takes the profile of a former process without Redis.

/** Reads and invalidations, in the order of their times. */
export interface Week {
  readonly peaks: readonly number[];
  readonly deploys: readonly number[];
}

export interface ReplayResult {
  readonly peakMisses: number;
  readonly deployMisses: number;
  readonly misses: number;
  readonly loads: number;
  readonly events: readonly string[];
  readonly warmed: { readonly loads: number; readonly used: number };
}

type Random = () => number;

interface Weeks {
  weekOf(options: { readonly days: number }, random: Random): Week;
  neverAgain(days: number, rate: number, random: Random): Week;
  passingFashions(days: number, rate: number, random: Random): Week;
  evenly(days: number, rate: number, keys: number, random: Random): Week;
}

interface Replays {
  replayWeek(week: Week, predictiveWarming: boolean, parts: object): Promise<ReplayResult>;
}

const build = new URL('build/', import.meta.resolve('nest-larder/package.json'));
const [engine, settings, clock, request] = await Promise.all(
  ['create-cache.js', 'config/settings.js', 'testing/fake-clock.js', 'cache/state/read-request.js'].map(
    (path) => import(new URL(path, build).href),
  ),
);
const PARTS = { ...engine, ...settings, ...clock, ...request };

export const { evenly, neverAgain, passingFashions, weekOf }: Weeks = await import(
  new URL('warming/week.js', SUPPORT).href
);
const { replayWeek }: Replays = await import(new URL('warming/replayed-week.js', SUPPORT).href);

export function replay(week: Week, predictiveWarming: boolean): Promise<ReplayResult> {
  return replayWeek(week, predictiveWarming, PARTS);
}
