import type { MemoryAdvice, MemoryForecast } from '../cache/stats/advice.js';
import type { Findings } from './findings.js';
import { forecastOf, type Subject } from './forecast.js';
import { PRESENT, SCENARIOS, SIZES } from './simulation/scenarios.js';
import { count, percent, size, time } from './words.js';

/** Fewer calls say nothing. */
const MIN_CALLS = 1000;
/** The share of the loads that a larger memory must save, and that a smaller one may cost. */
const WORTHWHILE = 0.03;
const NEGLIGIBLE = 0.005;
/** The part of the loads that the largest size saves with which a smaller one is enough. */
const ENOUGH = 0.5;
/** A bound counts as reached from this part on. */
const FULL = 0.9;

/** The size of the memory that is worth its bytes, and what other sizes would give. */
export function memoryAdvice(subject: Subject, { bounds, isShared, sample, span, store }: Findings): MemoryAdvice {
  const sizes = SIZES.map((place): MemoryForecast => {
    const factor = (SCENARIOS[place] as (typeof SCENARIOS)[number]).size;
    return { factor, ...boundsOf(bounds, factor), ...forecastOf(subject, place, sample.share, span) };
  });
  const chosen = subject.counts.calls < MIN_CALLS ? presentOf(sizes) : bestOf(sizes);
  const { maxBytes, maxEntries, hitRate, loadsSaved, loadTimeSaved } = chosen;
  const isByBytes = store.bytes >= FULL * bounds.maxBytes || store.size < FULL * bounds.maxEntries;
  return {
    maxBytes: { present: bounds.maxBytes, best: isByBytes ? maxBytes : bounds.maxBytes },
    maxEntries: { present: bounds.maxEntries, best: isByBytes ? bounds.maxEntries : maxEntries },
    hitRate,
    loadsSaved,
    loadTimeSaved,
    sizes,
    text: textOf(subject, chosen, bounds, isByBytes, isShared),
  };
}

function textOf(
  { counts }: Subject,
  { factor, loadsSaved, loadTimeSaved, maxBytes, maxEntries }: MemoryForecast,
  bounds: Findings['bounds'],
  isByBytes: boolean,
  isShared: boolean,
): string {
  if (counts.calls < MIN_CALLS) return `Too few calls for advice: ${count(counts.calls)} of ${count(MIN_CALLS)}.`;
  const { value, from, to } = loadsSaved as { value: number; from: number; to: number };
  const change = isByBytes
    ? `memory ${size(bounds.maxBytes)} → ${size(maxBytes)}`
    : `memory ${count(bounds.maxEntries)} → ${count(maxEntries)} entries`;
  if (factor === 1) return 'The memory is large enough: more saves few loads, and half costs some.';
  const figures = `${percent(Math.abs(value))} of the loads (${percent(Math.abs(factor > 1 ? from : to))} to ${percent(Math.abs(factor > 1 ? to : from))})`;
  if (factor < 1) return `${change} costs ${figures}.`;
  const saved = loadTimeSaved.value ?? 0;
  const hour = saved > 0 ? `, ${time(saved)} of load time an hour` : '';
  const tier = isShared ? '; values that Redis has are counted as loads only as often as they were loaded so far' : '';
  return `${change} saves ${figures}${hour}${tier}.`;
}

function bestOf(sizes: readonly MemoryForecast[]): MemoryForecast {
  const present = presentOf(sizes);
  const [smallest] = sizes as [MemoryForecast];
  const most = Math.max(...sizes.map(savedBy));
  const worthwhile = sizes.filter(
    (one) => one.factor > 1 && savedBy(one) >= WORTHWHILE && one.loadsSaved.from > 0 && savedBy(one) >= ENOUGH * most,
  );
  if (worthwhile[0] !== undefined) return worthwhile[0];
  return smallest.loadsSaved.from >= -NEGLIGIBLE ? smallest : present;
}

function presentOf(sizes: readonly MemoryForecast[]): MemoryForecast {
  return sizes[SIZES.indexOf(PRESENT)] as MemoryForecast;
}

function savedBy({ loadsSaved }: MemoryForecast): number {
  return loadsSaved.value ?? 0;
}

function boundsOf({ maxEntries, maxBytes }: Findings['bounds'], factor: number) {
  return { maxEntries: Math.max(1, Math.round(maxEntries * factor)), maxBytes: Math.round(maxBytes * factor) };
}
