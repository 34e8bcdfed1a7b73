import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { JobFleet, tell } from '../../support/jobs/job-fleet.js';
import type { Order } from '../../support/jobs/job-lines.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** Milliseconds between ticks. */
const EVERY = 300;
const JOBS = [
  { name: 'paused', every: EVERY, takes: 1 },
  { name: 'other', every: EVERY, takes: 1 },
];
const BY = 'Ada of the night shift';

let redis: RedisServer;
let fleet: JobFleet;

beforeEach(async () => {
  redis = await RedisServer.start();
  fleet = new JobFleet(redis, redis.url);
});
afterEach(async () => {
  await fleet.end();
  await redis.stop();
});

const order = (child: ChildProcess, given: Order) => child.send(given);
const ends = async (name: string) => tell(await fleet.lines(), name).ends;
const fieldOf = async (name: string) => String(await redis.command('HGET', '{larder}:jobs-paused', name));
/** The last tick that was run or refused. */
const lastTick = async (name: string) =>
  Number(String(await redis.command('HGET', '{larder}:jobs-ticks', name)).split(' ')[0]);

/** Resolves when three more ticks were refused or run by any process. @returns the first tick after the call */
async function threeTicks(name: string): Promise<number> {
  const last = await lastTick(name);
  await until(async () => (await lastTick(name)) >= last + 3 * EVERY);
  return last + EVERY;
}

it('no process of a fleet runs a paused job on its schedule, also none that starts later, until one resumes it', async () => {
  const [one, two] = (await Promise.all([fleet.start(JOBS), fleet.start(JOBS)])) as [ChildProcess, ChildProcess];
  await until(async () => (await ends('paused')).size >= 2);

  order(one, { pause: 'paused', by: BY });
  await until(async () => (await fieldOf('paused')).startsWith('paused '));
  const [, since, by] = /^paused (\d+) (.*)$/.exec(await fieldOf('paused')) ?? [];
  expect(by).toBe(BY);
  expect(Math.abs(Date.now() - Number(since))).toBeLessThan(60_000);
  const first = await threeTicks('paused');
  const runsSince = async (tick: number) => [...(await ends('paused')).keys()].filter((each) => each >= tick);
  expect(await runsSince(first)).toEqual([]);
  expect([...(await ends('other')).keys()].some((tick) => tick > first)).toBe(true);

  // Each process runs it when asked to.
  for (const child of [one, two]) {
    const before = (await runsSince(first)).length;
    order(child, { runNow: 'paused' });
    await until(async () => (await runsSince(first)).length === before + 1);
  }

  await Promise.all([fleet.stop(one), fleet.stop(two)]);
  const three = await fleet.start(JOBS);
  await threeTicks('paused');
  expect((await runsSince(first)).length).toBe(2);

  order(three, { resume: 'paused' });
  await until(async () => (await runsSince(first)).length >= 4);
  expect(await fieldOf('paused')).toMatch(/^resumed \d+$/);
}, 60_000);
