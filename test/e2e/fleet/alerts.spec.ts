import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { FleetStats } from 'nest-larder';
import { fleetStats } from '../../../apps/arena/src/features/admin/cache-admin.schemas.js';
import type { EndedRun } from '../../../libs/larder/src/jobs/index.js';
import { ADMIN_TOKEN, NODES, ThreeArenas } from '../../support/arena/three-arenas.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

// Three arenas lose Redis, then a job fails, then the arena that announced it is killed. The steps build on each other.

const JOB = 'track-offers';
const FAILING = `job-failing (${JOB})`;
const admin = { token: ADMIN_TOKEN };

let redis: RedisServer;
let arenas: ThreeArenas;

beforeAll(async () => {
  redis = await RedisServer.start();
  arenas = await ThreeArenas.start(redis.url, {
    LARDER_ALERTS: '1s',
    LARDER_FLEET_STATS: '1s',
    LARDER_MAX_STALENESS: '1s',
    LARDER_REDIS_TIMEOUT: '1s',
  });
}, 120_000);
afterAll(async () => {
  await arenas.stop();
  await redis.stop();
});

/** The lines about an alert that an arena has logged: `redis-lost` at a start, `redis-lost ended` at an end. */
function alertsOf(node: number, title: string): string[] {
  const lines = arenas.outputOf(node).matchAll(/Alert ([a-z-]+(?: \([^)]*\))?)(:| ended after \d+ s\.)/g);
  return [...lines].flatMap(([, found, rest]) => {
    if (found !== title) return [];
    return rest === ':' ? [title] : [`${title} ended`];
  });
}

async function fleetSeenBy(node: number): Promise<FleetStats> {
  const { body } = await arenas.ask<FleetStats>(node, 'GET', '/admin/cache/stats?fleet=1', admin);
  expect(fleetStats.strict().parse(body)).toEqual(body);
  return body;
}

const runJob = async (node: number) =>
  (await arenas.ask<EndedRun>(node, 'POST', `/admin/jobs/${JOB}/run`, admin)).body.result;

it('each arena sees all three, with the reads of all', async () => {
  await arenas.askAll('GET', '/marketplace/items?q=cue');
  for (const node of NODES) {
    await until(async () => {
      const { nodes, methods } = await fleetSeenBy(node);
      const { hits = 0, misses = 0 } = methods['MarketplaceController.list'] ?? {};
      return nodes.length === 3 && hits + misses >= 3;
    });
  }
  expect((await arenas.ask(0, 'GET', '/admin/cache/stats?fleet=yes', admin)).status).toBe(400);
});

it('each arena announces that Redis is lost, and then that it is back', async () => {
  await redis.kill();
  await until(() => NODES.every((node) => alertsOf(node, 'redis-lost').length === 1));
  expect((await fleetSeenBy(0)).nodes).toHaveLength(1);
  await redis.restart();
  await until(() => NODES.every((node) => alertsOf(node, 'redis-lost').length === 2));
  for (const node of NODES) expect(alertsOf(node, 'redis-lost')).toEqual(['redis-lost', 'redis-lost ended']);
  await until(async () => (await fleetSeenBy(0)).nodes.length === 3);
}, 60_000);

it('one arena announces a job that fails; if it is killed, another one announces the end', async () => {
  await arenas.query('alter table offers rename to offers_away');
  for (let run = 0; run < 3; run++) expect(await runJob(run)).toBe('failed');
  const all = () => NODES.flatMap((node) => alertsOf(node, FAILING).map((line) => [node, line] as const));
  await until(() => all().length > 0);
  const [[announcer]] = all() as [readonly [number, string]];
  const [survivor, other] = NODES.filter((node) => node !== announcer) as [number, number];
  await arenas.kill(announcer);
  await until(async () => (await fleetSeenBy(survivor)).nodes.length === 2);
  await arenas.query('alter table offers_away rename to offers');
  expect(await runJob(survivor)).toBe('succeeded');
  await until(() => all().length === 2);
  const [start, end] = all().sort(([one], [two]) => Number(two === announcer) - Number(one === announcer));
  expect(start).toEqual([announcer, FAILING]);
  expect([survivor, other]).toContain(end?.[0]);
  expect(end?.[1]).toBe(`${FAILING} ended`);
  for (const node of [survivor, other])
    expect(alertsOf(node, 'redis-lost')).toEqual(['redis-lost', 'redis-lost ended']);
}, 60_000);
