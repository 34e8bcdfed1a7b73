import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobStatus } from '../../../libs/larder/src/jobs/index.js';
import { newDataDir } from '../../support/arena/arena.js';
import { ArenaProcess } from '../../support/arena/arena-process.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const TOKEN = 'a-token-of-those-who-run-it';
let dataDir: string;

beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(() => rm(dataDir, { recursive: true }));

const look = async (url: string) => {
  const { views } = (await (await fetch(`${url}/marketplace/items/1`)).json()) as { views: number };
  return views;
};

describe('an arena without Redis', () => {
  it('has written every view when it stops', async () => {
    const first = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
    const url = await first.ready();
    for (let times = 1; times <= 7; times++) expect(await look(url)).toBe(times);
    expect(await first.stop()).toBe(0);
    expect(first.complaints).toBe('');
    const second = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
    expect(await look(await second.ready())).toBe(8);
    expect(await second.stop()).toBe(0);
  }, 120_000);
});

describe('an arena on Redis', () => {
  let redis: RedisServer;
  let arena: ArenaProcess;
  let url: string;

  beforeAll(async () => {
    redis = await RedisServer.start();
    arena = ArenaProcess.start({
      ARENA_DATA_DIR: dataDir,
      LARDER_REDIS_URL: redis.url,
      LARDER_ADMIN_TOKEN: TOKEN,
      ENABLE_SIMULATION: 'off',
    });
    url = await arena.ready();
  }, 60_000);
  afterAll(async () => {
    await arena.stop();
    await redis.stop();
  });

  it('shows its queue to clients with the token', async () => {
    const ask = (authorization?: string) =>
      fetch(`${url}/admin/queues/api/queues`, { headers: authorization === undefined ? {} : { authorization } });
    expect((await ask()).status).toBe(401);
    expect((await ask(`Basic ${Buffer.from('admin:wrong').toString('base64')}`)).status).toBe(401);
    const answer = await ask(`Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"name":"jobs"');
    expect((await fetch(`${url}/admin/queues`)).status).toBe(401);
  });

  it('reports its jobs and runs them', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const run = await fetch(`${url}/admin/jobs/cleanup_old_cache/run`, { method: 'POST', headers });
    expect(await run.json()).toMatchObject({ result: 'succeeded' });
    const jobs = (await (await fetch(`${url}/admin/jobs`, { headers })).json()) as JobStatus[];
    expect(jobs.map(({ name, total }) => [name, total])).toEqual(
      expect.arrayContaining([
        ['cleanup_old_cache', 1],
        ['track-offers', 0],
      ]),
    );
  });

  it('counts views in Redis, and writes them when it stops', async () => {
    const before = await look(url);
    expect(await look(url)).toBe(before + 1);
    expect(await redis.command('KEYS', '{larder:counter:item-views:0}:*')).not.toEqual([]);
    expect(await arena.stop()).toBe(0);
    expect(await redis.command('EXISTS', '{larder:counter:item-views:0}:added')).toBe(0);
    expect(await redis.command('ZCARD', '{larder:counter:item-views:0}:batches')).toBe(0);
  }, 60_000);
});
