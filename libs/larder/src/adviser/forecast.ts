import type { Forecast } from '../cache/stats/advice.js';
import type { Estimate } from '../cache/stats/audit-stats.js';
import type { Counts } from './exact-counts.js';
import { GROUPS, type MethodFigures, sumOf } from './simulation/method-figures.js';
import { PRESENT } from './simulation/scenarios.js';

/** The 97.5 % quantile of Student's t distribution for the groups of the sample. */
const T = 2.365;
/** What the simulation leaves out, such as concurrent calls: of all calls. */
const MODEL_ERROR = 0.005;
const HOUR = 3_600_000;

/** A sum over the groups, with half the width of its confidence interval. */
interface Measured {
  readonly value: number;
  readonly half: number;
}

/**
 * A sum over random groups of the keys, and how sure it is: groups of the same size differ by chance alone.
 *
 * @param share of all keys that the sample has: with all of them, chance is out of it
 */
function measured(groups: readonly number[], share: number): Measured {
  const value = sumOf(groups);
  const mean = value / GROUPS;
  const variance = (GROUPS / (GROUPS - 1)) * sumOf(groups.map((one) => (one - mean) ** 2));
  return { value, half: T * Math.sqrt(variance * (1 - share)) };
}

/** Calls of methods that are judged together, and what was counted of them. */
export interface Subject {
  readonly counts: Counts;
  readonly figures: readonly MethodFigures[];
}

/**
 * What a scenario would give. Only the difference between it and the present scenario is simulated; the rest was measured. Keys that
 * the sample has by chance, such as the most popular one, therefore matter little.
 *
 * @param span milliseconds that the counts cover
 * @param servedStale calls that would be served a stale value besides, of all calls
 */
export function forecastOf(
  { counts, figures }: Subject,
  scenario: number,
  share: number,
  span: number,
  servedStale = 0,
): Forecast {
  const { calls, hits, loads, loadTime, misses } = counts;
  const spared = difference(figures, (one, place) => one.missesIn(place), scenario);
  const renewals = difference(figures, (one, place) => one.renewalsIn(place), scenario);
  const sparedMisses = measured(spared, share);
  const rate = calls === 0 ? 0 : hits / calls + servedStale;
  const half =
    calls === 0 ? 1 : sparedMisses.half / calls + (scenario === PRESENT && servedStale === 0 ? 0 : MODEL_ERROR);
  const hitRate = within(rate + (calls === 0 ? 0 : sparedMisses.value / calls), half, 0, 1);
  // Some misses join the load of another call, or find their value in the shared tier.
  const perMiss = misses === 0 ? 1 : Math.min(1, loads / misses);
  const sparedLoads = measured(
    spared.map((one, group) => one * perMiss + (renewals[group] as number)),
    share,
  );
  const part = (of: number) => (loads === 0 ? 0 : of / loads);
  const loadsSaved = within(part(sparedLoads.value), part(sparedLoads.half), Number.NEGATIVE_INFINITY, 1);
  const perHour = span === 0 ? 0 : (loadTime * HOUR) / span;
  const time = (of: number) => Math.round(of * perHour);
  const { value, from, to } = loadsSaved;
  return {
    hitRate,
    loadsSaved,
    loadTimeSaved: { value: time(value as number), from: time(from), to: time(to) },
  };
}

function difference(
  figures: readonly MethodFigures[],
  groupsOf: (one: MethodFigures, scenario: number) => readonly number[],
  scenario: number,
): number[] {
  const sums = Array<number>(GROUPS).fill(0);
  for (const one of figures) {
    const present = groupsOf(one, PRESENT);
    const other = groupsOf(one, scenario);
    for (let group = 0; group < GROUPS; group++) {
      sums[group] = (sums[group] as number) + (present[group] as number) - (other[group] as number);
    }
  }
  return sums;
}

function within(value: number, half: number, least: number, most: number): Estimate {
  const bound = (one: number) => Math.min(most, Math.max(least, one));
  return { value: bound(value), from: bound(value - half), to: bound(value + half) };
}
