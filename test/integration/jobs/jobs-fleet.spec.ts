import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { openJobBackend } from '../../../libs/larder/src/jobs/backends/open-backend.js';
import { defineJob, type JobDefinition } from '../../../libs/larder/src/jobs/definition.js';
import { Jobs } from '../../../libs/larder/src/jobs/jobs.js';
import { JobFleet, lost, tell } from '../../support/jobs/job-fleet.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** How many processes a test kills during a run; `npm run test:soak` kills more. */
const KILLS = Number(process.env.LARDER_TEST_JOB_KILLS ?? 2);
/** Milliseconds between ticks, and runs that end before each kill and after the last. */
const EVERY = 500;
const RUNS_EACH = 3;
/** Milliseconds after which a schedule without a process is removed. */
const RETENTION = 1200;

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

it('three processes run each tick once, though one after another is killed in a run', async () => {
  const jobs = [{ name: 'often', every: EVERY, takes: 150 }];
  const told = async () => tell(await fleet.lines(), 'often');
  await Promise.all([fleet.start(jobs), fleet.start(jobs), fleet.start(jobs)]);
  for (let kill = 1; kill <= KILLS; kill++) {
    await until(async () => (await told()).ends.size >= kill * RUNS_EACH);
    let victim: number | undefined;
    await until(async () => {
      const last = (await fleet.lines()).at(-1);
      victim = last?.what === 'begin' ? last.pid : undefined;
      return victim !== undefined;
    });
    await fleet.kill(victim as number);
    await fleet.start(jobs);
  }
  await until(async () => {
    const { ends, died } = await told();
    return ends.size >= (KILLS + 1) * RUNS_EACH && [...died.values()].every(Boolean);
  });
  const lines = await fleet.lines();
  const { ends, died, overlaps } = tell(lines, 'often');
  expect(overlaps).toEqual([]);
  expect(died.size).toBeLessThanOrEqual(KILLS);
  expect([...ends.values()].filter((times) => times !== 1)).toEqual([]);
  expect(lost(lines, 'often', EVERY)).toEqual([]);
}, 600_000);

it('runs longer than their interval never overlap, whichever process is asked to run', async () => {
  const jobs = [{ name: 'slow', every: 300, takes: 900 }];
  await Promise.all([fleet.start(jobs), fleet.start(jobs)]);
  await until(async () => tell(await fleet.lines(), 'slow').ends.size >= 3);
  expect(tell(await fleet.lines(), 'slow').overlaps).toEqual([]);
});

it('a deployment adds its jobs, and an older process that restarts changes none of them', async () => {
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
  // An old process that restarts changes nothing that the new one added.
  await fleet.stop(old);
  const again = await fleet.start([
    { name: 'kept', every: 500, takes: 1 },
    { name: 'gone', every: 500, takes: 1 },
  ]);
  await until(() => seen('gone', again.pid));
  expect(await schedulers()).toEqual(['gone', 'kept', 'new']);
  expect(await redis.command('HGET', '{larder}:jobs:repeat:kept', 'pattern')).toBe('every 300 ms');
});

it('a schedule that no process declares is removed', async () => {
  const fleetOf = async (...names: string[]) => {
    const clock = new SystemClock();
    const jobs = new Jobs(clock);
    const options = { redis: redis.url, redisTimeout: 5000, keyPrefix: 'larder', clock, retention: RETENTION };
    const definitions = names.map(
      (name) =>
        defineJob(
          { name, every: 500 },
          () => {},
          () => Number.NaN,
        ) as JobDefinition,
    );
    jobs.open(definitions, await openJobBackend(options, () => {}));
    jobs.start();
    return jobs;
  };
  const schedulers = async () =>
    ((await redis.command('ZRANGE', '{larder}:jobs:repeat', '0', '-1')) as string[]).sort().join();
  const old = await fleetOf('kept', 'gone');
  const next = await fleetOf('kept', 'new');
  await until(async () => (await schedulers()) === 'gone,kept,new');
  await old.stop(5000);
  await until(async () => (await schedulers()) === 'kept,new');
  await next.stop(5000);
});

it('stops when its current runs have ended', async () => {
  const child = await fleet.start([{ name: 'long', every: 500, takes: 1500 }]);
  await until(async () => (await fleet.lines()).length > 0);
  await fleet.stop(child);
  expect(child.signalCode).toBe('SIGTERM');
  expect(tell(await fleet.lines(), 'long').ends.size).toBe(1);
});
