import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { JobFleet, tell } from '../../support/jobs/job-fleet.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** Seconds of the long test; `npm run test:jobs` sets a minute. */
const SECONDS = Number(process.env.LARDER_TEST_JOB_SECONDS ?? 15);
const KILLED_EVERY = SECONDS >= 60 ? 10_000 : 4_000;

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

it(
  `three processes run each tick of a second once, for ${SECONDS} s in which one after another is killed in a run`,
  async () => {
    const jobs = [{ name: 'each-second', every: 1000, takes: 300 }];
    await Promise.all([fleet.start(jobs), fleet.start(jobs), fleet.start(jobs)]);
    await until(async () => (await fleet.lines()).length > 0);
    const began = Date.now();
    let kills = 0;
    while (Date.now() - began < SECONDS * 1000) {
      await delay(Math.min(KILLED_EVERY, began + SECONDS * 1000 - Date.now()));
      if (Date.now() - began >= SECONDS * 1000) break;
      let victim: number | undefined;
      await until(async () => {
        const last = (await fleet.lines()).at(-1);
        victim = last?.what === 'begin' ? last.pid : undefined;
        return victim !== undefined;
      });
      await fleet.kill(victim as number);
      kills++;
      await fleet.start(jobs);
    }
    const ended = Date.now();
    // What died last is run again within ten seconds.
    await until(async () => [...tell(await fleet.lines(), 'each-second').died.values()].every(Boolean), 10_000);
    await until(
      async () => (tell(await fleet.lines(), 'each-second').ends.get(Math.floor(ended / 1000) * 1000) ?? 0) > 0,
    );
    const { ends, died, overlaps } = tell(await fleet.lines(), 'each-second');
    const inTime = [...ends].filter(([tick]) => tick > began - 1000 && tick <= ended - 1000);
    const expected = Math.floor((ended - began) / 1000);
    console.log(`${inTime.length} runs of ${expected}, ${kills} kills, ${died.size} died in a run`);
    expect(overlaps).toEqual([]);
    expect(died.size).toBe(kills);
    expect(inTime.every(([, times]) => times === 1)).toBe(true);
    // A kill every four seconds on a busy machine may cost the tick in which it is noticed.
    expect(Math.abs(inTime.length - expected)).toBeLessThanOrEqual(SECONDS >= 60 ? 1 : kills);
  },
  (SECONDS + 60) * 1000,
);

it('a run that takes longer than its interval is never overlapped, whoever is asked', async () => {
  const jobs = [{ name: 'slow', every: 500, takes: 2200 }];
  await Promise.all([fleet.start(jobs), fleet.start(jobs)]);
  await until(async () => tell(await fleet.lines(), 'slow').ends.size >= 3);
  expect(tell(await fleet.lines(), 'slow').overlaps).toEqual([]);
});

it('a deployment brings its jobs, and those that no process has any more go', async () => {
  const old = await fleet.start([
    { name: 'kept', every: 500, takes: 1 },
    { name: 'gone', every: 500, takes: 1 },
  ]);
  const seen = async (name: string, pid: number | undefined) =>
    (await fleet.lines()).some((line) => line.name === name && line.pid === pid);
  await until(() => seen('gone', old.pid));
  const next = await fleet.start([
    { name: 'kept', every: 300, takes: 1 },
    { name: 'new', every: 500, takes: 1 },
  ]);
  await until(async () => (await seen('new', next.pid)) && (await seen('kept', next.pid)));
  const schedulers = async () =>
    ((await redis.command('ZRANGE', '{larder}:jobs:repeat', '0', '-1')) as string[]).sort();
  // An old process that starts again changes nothing that the new one brought.
  await fleet.stop(old);
  const again = await fleet.start([
    { name: 'kept', every: 500, takes: 1 },
    { name: 'gone', every: 500, takes: 1 },
  ]);
  await until(() => seen('gone', again.pid));
  expect(await schedulers()).toEqual(['gone', 'kept', 'new']);
  expect(await redis.command('HGET', '{larder}:jobs:repeat:kept', 'pattern')).toBe('every 300 ms');
  await fleet.stop(again);
  await until(async () => (await schedulers()).join() === 'kept,new', 60_000);
}, 120_000);

it('stops when the runs under way have ended', async () => {
  const child = await fleet.start([{ name: 'long', every: 500, takes: 1500 }]);
  await until(async () => (await fleet.lines()).length > 0);
  expect(await fleet.stop(child)).toBeLessThan(6000);
  expect(tell(await fleet.lines(), 'long').ends.size).toBe(1);
});

it('jobs go on after the master that has their ticks is killed', async () => {
  const cluster = await RedisCluster.start();
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
  const others = new JobFleet(redis, `redis+cluster://${nodes}`);
  const child = await others.start(Array.from({ length: 20 }, (_, n) => ({ name: `job-${n}`, every: 500, takes: 0 })));
  await until(async () => (await others.lines()).length > 100, 20_000);
  await cluster.failOver('{larder}:jobs');
  const before = (await others.lines()).length;
  await until(async () => (await others.lines()).length > before + 100, 20_000);
  await others.stop(child);
  await cluster.stop();
}, 90_000);
