import type { Goal } from '../measure/goals.js';
import { printTable } from '../measure/table.js';
import { alike, drawn, leastLoss, lru, type Policy, readTrace, replay, sieve } from './costs.js';

const SHARES = [0.05, 0.1, 0.2];
/** Numbers of entries, for values that are all alike. */
const CAPACITIES: Readonly<Record<string, readonly number[]>> = {
  web07: [500, 1000, 2000, 5000],
  'orm-busy': [2000, 5000, 10_000],
};

/** Replays real traces: load time of the misses with drawn sizes and costs, and hit ratios with equal ones. */
export function compareOnTraces(folder: string): Goal[] {
  const goals: Goal[] = [];
  for (const [name, capacities] of Object.entries(CAPACITIES)) {
    const trace = readTrace(folder, name);
    const costs = drawn(trace.keys);
    const all = costs.bytes.reduce((sum, bytes) => sum + bytes, 0);
    const times = SHARES.map((share) => {
      const of = (policy: Policy) => replay(policy, trace, all * share, costs).lost;
      const [ours, toSieve, toLru] = [of(leastLoss), of(sieve), of(lru)];
      const what = `${name}, ${100 * share} % of the bytes: load time`;
      goals.push({ what: `${what}, to SIEVE`, figure: ours / toSieve, atMost: 0.85 });
      goals.push({ what: `${what}, to LRU`, figure: ours / toLru, atMost: 0.85 });
      return [`${100 * share} %`, ...[toLru, toSieve, ours].map((time) => (time / 1000).toFixed(0))];
    });
    printTable([`${name}, seconds of load time`, 'LRU', 'SIEVE', 'least loss'], times);
    const same = alike(trace.keys);
    const ratios = capacities.map((capacity) => {
      const of = (policy: Policy) => replay(policy, trace, capacity * 300, same).ratio;
      const [ours, ofSieve, ofLru] = [of(leastLoss), of(sieve), of(lru)];
      const figure = ours - Math.max(ofSieve, ofLru);
      goals.push({
        what: `${name}, ${capacity} entries: hit ratio less that of SIEVE and LRU`,
        figure,
        atLeast: -0.005,
      });
      return [String(capacity), ...[ofLru, ofSieve, ours].map((ratio) => ratio.toFixed(4))];
    });
    printTable([`${name}, hit ratio of equal entries`, 'LRU', 'SIEVE', 'least loss'], ratios);
  }
  return goals;
}
