import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf } from '../measure/random.js';
import { printTable } from '../measure/table.js';
import { evenly, neverAgain, passingFashions, replay, weekOf } from './parts.js';

// Predictive warming on generated weeks, with the real engine and a clock that is moved by hand: the misses of callers with and
// without it, and its extra loads. It knows nothing at the beginning of a week. SEEDS=1,2 and DAYS=3 make it shorter.

const SEEDS = (process.env.SEEDS ?? '1,2,3,4,5').split(',').map(Number);
const DAYS = Number(process.env.DAYS ?? 7);

console.log(describeRun(`Predictive warming, weeks of ${DAYS} days, seeds ${SEEDS.join(', ')}`));
const results: { readonly peak: number; readonly deploy: number; readonly extra: number }[] = [];
for (const seed of SEEDS) {
  const week = weekOf({ days: DAYS }, randomOf(seed));
  const without = await replay(week, false);
  const warmed = await replay(week, true);
  const share = (of: 'peakMisses' | 'deployMisses' | 'misses') => warmed[of] / without[of];
  const extra = warmed.loads / without.loads - 1;
  results.push({ peak: share('peakMisses'), deploy: share('deployMisses'), extra });
  console.log(
    `seed ${seed}: misses in the first minute of peaks ${without.peakMisses} → ${warmed.peakMisses} (${share('peakMisses').toFixed(2)}), ` +
      `after deploys ${without.deployMisses} → ${warmed.deployMisses} (${share('deployMisses').toFixed(2)}), ` +
      `of all ${share('misses').toFixed(2)}; loads ${without.loads} → ${warmed.loads} (${percent(extra)})`,
  );
}

console.log('');
const adverse = [
  ['keys that never come again', neverAgain(2, 2, randomOf(6))],
  ['keys asked for during 8 minutes only', passingFashions(2, 2, randomOf(7))],
  ['20,000 keys, each as likely', evenly(2, 2, 20_000, randomOf(8))],
] as const;
const extras = [];
const adverseRows = [];
for (const [name, week] of adverse) {
  const without = await replay(week, false);
  const { events, loads, warmed } = await replay(week, true);
  const extra = loads / without.loads - 1;
  extras.push(extra);
  adverseRows.push([name, percent(extra), `${warmed.loads}`, `${warmed.used}`, `${pausesIn(events)}`]);
}
printTable(['two days of', 'more loads', 'loaded in advance', 'used', 'pauses'], adverseRows);

judge([
  { what: 'misses in the first minute of peaks, worst seed', figure: worst('peak'), atMost: 0.5 },
  { what: 'misses in the first minute after deploys, worst seed', figure: worst('deploy'), atMost: 0.5 },
  { what: 'extra loads, worst seed', figure: worst('extra'), atMost: 0.1 },
  { what: 'extra loads, worst adverse traffic', figure: Math.max(...extras), atMost: 0.1 },
]);
process.exit();

function worst(of: 'peak' | 'deploy' | 'extra'): number {
  return Math.max(...results.map((result) => result[of]));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function pausesIn(events: readonly string[]): number {
  return events.filter((type) => type === 'predictive-warming-paused').length;
}
