import { type Goal, judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { printTable } from '../measure/table.js';
import { fillInChild } from './child.js';
import type { Way } from './fill.js';
import { growthByRewriting } from './rewrite.js';
import { KINDS, type Kind, ROUGHLY_KNOWN } from './values.js';

// Heap per entry beside lru-cache, and whether the byte bound holds. Each figure comes from a new process.

const MB = 2 ** 20;
const BOUND = 20 * MB;
const REWRITES = 500_000;
const goals: Goal[] = [];

console.log(describeRun('Heap'));
await compareWithLru('a row of 200 bytes', 100_000);
await compareWithLru('a text of 200 letters', 100_000);
await compareWithLru('a row of 1 KB', 100_000);
await compareWithLru('a list of 20 rows', 10_000);
await compareWithBound();
await compareWithItself();
judge(goals);

/** Bytes per entry, key and value included, beside an lru-cache of the same capacity. */
async function compareWithLru(kind: Kind, count: number): Promise<void> {
  const ways: Way[] = ['lru-cache', 'lru-cache with TTL', 'Map', 'larder', 'larder, each hit'];
  const rows: string[][] = [];
  let lru = 0;
  for (const way of ways) {
    const { empty, growth } = await fillInChild(way, kind, count);
    // An empty lru-cache preallocates its slots, an empty larder a version table of fixed size.
    const perEntry = (way.startsWith('lru-cache') ? empty + growth : growth) / count;
    if (way === 'lru-cache') lru = perEntry;
    rows.push([way, perEntry.toFixed(0), (perEntry / lru).toFixed(3), (empty / MB).toFixed(1)]);
    if (way.startsWith('larder'))
      goals.push({ what: `${way}, ${kind}, to lru-cache`, figure: perEntry / lru, atMost: 1.5 });
  }
  printTable([`${count} times ${kind}`, 'bytes an entry', 'to lru-cache', 'MB when empty'], rows);
  console.log('');
}

/** A cache with a bound of 20 MB filled with 40 MB, without and with a hit of every entry. */
async function compareWithBound(): Promise<void> {
  const rows: string[][] = [];
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const enough = await countFor(2 * BOUND, kind);
    const stored = await fillInChild('larder at its bound', kind, enough);
    const hit = await fillInChild('larder at its bound, each hit', kind, enough);
    const shares = [stored, hit].map(({ growth }) => growth / BOUND);
    rows.push([kind, String(hit.entries), ...shares.map((share) => share.toFixed(3))]);
    if (ROUGHLY_KNOWN.includes(kind)) continue;
    goals.push({ what: `heap to the bound, ${kind}`, figure: shares[0] as number, atLeast: 0.95, atMost: 1.05 });
    goals.push({
      what: `heap to the bound, ${kind}, each hit`,
      figure: shares[1] as number,
      atLeast: 0.95,
      atMost: 1.05,
    });
  }
  printTable(['heap to a bound of 20 MB', 'entries', 'stored', 'each hit'], rows);
}

/** The number of values that take at least so many bytes. */
async function countFor(bytes: number, kind: Kind): Promise<number> {
  const { growth, estimate, entries } = await fillInChild('larder', kind, 5_000);
  return Math.ceil((bytes * entries) / Math.min(growth, estimate));
}

/** A cache whose entries are replaced repeatedly must not grow. */
async function compareWithItself(): Promise<void> {
  const growth = (await growthByRewriting(REWRITES)) / MB;
  console.log(`\nA thousand entries rewritten ${REWRITES} times: ${growth.toFixed(1)} MB more.`);
  goals.push({ what: 'growth by rewriting, in MB', figure: growth, atMost: 1 });
}
