import { Pool } from 'pg';
import { startShop } from './shop.js';

const UPDATES = 400;
const UPDATE = 'update items set price = price + 1 where id = $1';

/** Milliseconds of one-row commits: without observation, observed without a wait, and with one, in the process that reads the log. */
export async function commitTimes(url: string, rounds: number): Promise<Readonly<Record<string, number[]>>> {
  const bare: number[] = [];
  const unawaited: number[] = [];
  const awaited: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const keep = (times: number[], all: number[]) => round >= 0 && all.push(...times);
    keep(await bareCommits(url), bare);
    keep(await observedCommits(url, false), unawaited);
    keep(await observedCommits(url, '250ms'), awaited);
  }
  return {
    'without Larder': bare,
    'observed, `readYourWrites: false`': unawaited,
    'observed, until it is delivered': awaited,
  };
}

async function bareCommits(url: string): Promise<number[]> {
  const pool = new Pool({ connectionString: url });
  const times = await timesOf(pool);
  await pool.end();
  return times;
}

async function observedCommits(url: string, readYourWrites: '250ms' | false): Promise<number[]> {
  const shop = await startShop(url, { readYourWrites });
  const times = await timesOf(shop.pool);
  await shop.stop();
  return times;
}

async function timesOf(pool: Pool): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < UPDATES; at++) {
    const began = performance.now();
    await pool.query(UPDATE, [at]);
    times.push(performance.now() - began);
  }
  return times;
}
