import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { JobFleet, tell } from '../../support/jobs/job-fleet.js';
import type { Line } from '../../support/jobs/job-lines.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** Maximum milliseconds between the death of a process and the new start of its run. */
const PROMISED = 10_000;

/** The Redis of the jobs, and one without faults for the reports of the processes. */
let redis: RedisServer;
let lines: RedisServer;
let fleet: JobFleet;

beforeEach(async () => {
  const args = ['--appendonly', 'yes'];
  [redis, lines] = await Promise.all([RedisServer.start({ args }), RedisServer.start()]);
  fleet = new JobFleet(lines, redis.url);
});
afterEach(async () => {
  await fleet.end();
  await Promise.all([redis.stop(), lines.stop()]);
});

/** Kills the process that runs a job, once one does. @returns the tick that it ran */
async function killRunner(name: string): Promise<number> {
  let running: Line | undefined;
  await until(async () => {
    const last = (await fleet.lines()).filter((line) => line.name === name).at(-1);
    running = last?.what === 'begin' ? last : undefined;
    return running !== undefined;
  });
  await fleet.kill(running?.pid as number);
  return running?.tick as number;
}

const beginsOf = async (name: string) =>
  (await fleet.lines()).filter((line) => line.what === 'begin' && line.name === name).map(({ tick }) => tick);

it('a run that died restarts within ten seconds, before any newer tick, also with a backlog', async () => {
  const jobs = [{ name: 'busy', every: 500, takes: 400 }];
  await Promise.all([fleet.start(jobs), fleet.start(jobs), fleet.start(jobs)]);
  await until(async () => (await fleet.lines()).length > 2);
  const died = await killRunner('busy');
  const before = (await beginsOf('busy')).length;
  await until(async () => (await beginsOf('busy')).length > before, PROMISED);
  expect((await beginsOf('busy'))[before]).toBe(died);
  const count = (await beginsOf('busy')).length;
  await until(async () => (await beginsOf('busy')).length > count + 3);
  const begins = await beginsOf('busy');
  expect(begins).toEqual([...begins].sort((one, other) => one - other));
  const { ends, overlaps } = tell(await fleet.lines(), 'busy');
  expect(overlaps).toEqual([]);
  expect([...ends.values()].every((times) => times === 1)).toBe(true);
  expect(fleet.output).not.toContain('MaxListenersExceededWarning');
}, 90_000);

it('a method with @Interval and @OncePerFleet runs once a tick in three processes, although one dies in its run', async () => {
  const jobs = [{ name: 'interval', every: 500, takes: 200, isInterval: true }];
  await Promise.all([fleet.start(jobs), fleet.start(jobs), fleet.start(jobs)]);
  const died = await killRunner('interval');
  await until(async () => tell(await fleet.lines(), 'interval').ends.has(died), PROMISED);
  const count = (await beginsOf('interval')).length;
  await until(async () => (await beginsOf('interval')).length > count + 3, 20_000);
  const { ends, overlaps } = tell(await fleet.lines(), 'interval');
  expect(overlaps).toEqual([]);
  expect([...ends.values()].every((times) => times === 1)).toBe(true);
  expect([...ends.keys()].every((tick) => tick % 500 === 0)).toBe(true);
}, 90_000);

it('a manual run restarts within ten seconds in another process', async () => {
  const jobs = [{ name: 'asked', every: 86_400_000, takes: 600 }];
  const [child] = await Promise.all([fleet.start(jobs), fleet.start(jobs)]);
  child.send({ runNow: 'asked' });
  const died = await killRunner('asked');
  await until(async () => tell(await fleet.lines(), 'asked').ends.get(died) === 1, PROMISED);
  expect(await beginsOf('asked')).toEqual([died, died]);
}, 60_000);

it('after an outage of Redis every tick has ended once, or is counted as skipped', async () => {
  const jobs = [{ name: 'ticks', every: 500, takes: 300 }];
  await Promise.all([fleet.start(jobs), fleet.start(jobs)]);
  await until(async () => tell(await fleet.lines(), 'ticks').ends.size > 1);
  await redis.kill();
  // The length of the outage.
  await delay(2000);
  await redis.restart();
  const away = Date.now();
  await until(
    async () => [...tell(await fleet.lines(), 'ticks').ends.keys()].some((tick) => tick > away + 1000),
    30_000,
  );
  const { ends, overlaps } = tell(await fleet.lines(), 'ticks');
  expect(overlaps).toEqual([]);
  expect([...ends.values()].every((times) => times === 1)).toBe(true);
  const ticks = [...ends.keys()].sort((one, other) => one - other);
  const expected = ((ticks.at(-1) as number) - (ticks[0] as number)) / 500 + 1;
  const skipped = Number((await redis.command('HGET', '{larder}:job:ticks', 'skipped')) ?? 0);
  expect(ticks.length + skipped).toBe(expected);
}, 90_000);
