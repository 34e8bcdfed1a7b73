import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { openRedis } from '../../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../../libs/larder/src/redis/redis-client.js';
import { RedisTier } from '../../../libs/larder/src/redis-cache/redis-tier.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let access: RedisClient;
let tier: RedisTier;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

beforeEach(async () => {
  await server.command('FLUSHALL');
  const redis = await openRedis(server.url, 5000);
  access = new RedisClient(redis, 2000);
  tier = new RedisTier(access, 'tier', new SystemClock());
  await until(() => redis.status === 'ready');
  await server.command('CONFIG', 'RESETSTAT');
});
afterEach(() => tier.close());

async function calls(command: 'get' | 'mget'): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

function store(ids: readonly string[]): Promise<void> {
  return tier.setMany(ids.map((id) => ({ id, bytes: Buffer.from(id), ttl: 60_000 })));
}

const IDS = Array.from({ length: 64 }, (_, id) => `id:${id}`);
const textOf = (found: readonly (Uint8Array | undefined)[]) => found.map((bytes) => bytes && String(bytes));

it('reads once for the 32 callers of a turn, in any of its microtasks', async () => {
  await store(IDS);
  const answers = await Promise.all(
    IDS.slice(0, 32).map(async (id, index) => {
      for (let later = 0; later < index % 5; later++) await undefined;
      return tier.getMany([id]);
    }),
  );
  expect(answers.map(textOf)).toEqual(IDS.slice(0, 32).map((id) => [id]));
  expect(await calls('mget')).toBe(1);
  expect(await calls('get')).toBe(0);
});

it('reads twice for 64, and the first callers continue before the others have their answers', async () => {
  await store(IDS);
  const came: string[] = [];
  const answers = IDS.map(async (id) => {
    const [found] = await tier.getMany([id]);
    came.push(String(found));
    if (id === 'id:0') void tier.getMany(['id:0']).then(() => came.push('again'));
    // By then the first callers' next reads are sent.
    process.nextTick(() => came.push('sent'));
  });
  await Promise.all(answers);
  expect(await calls('mget')).toBe(2);
  expect(came.slice(0, came.indexOf('sent')).toSorted()).toEqual(IDS.slice(0, 32).toSorted());
  expect(came.filter((one) => one.startsWith('id:')).toSorted()).toEqual(IDS.toSorted());
  await until(() => came.includes('again'));
});

it('reads a single entry without a batch', async () => {
  await store(['one']);
  expect(textOf(await tier.getMany(['one']))).toEqual(['one']);
  expect(await tier.getMany(['none'])).toEqual([undefined]);
  expect(await calls('get')).toBe(2);
  expect(await calls('mget')).toBe(0);
});

it('gives each caller its own entries, in batches and alone', async () => {
  await store(IDS);
  const asked = [['id:1'], [], ['id:3', 'none', 'id:1'], IDS, ['id:1']];
  const answers = await Promise.all(asked.map((ids) => tier.getMany(ids)));
  expect(answers.map(textOf)).toEqual(asked.map((ids) => ids.map((id) => (id === 'none' ? undefined : id))));
  expect(await calls('mget')).toBe(1);
});

it('treats a value that is no text as missing', async () => {
  await store(['text']);
  await server.command('RPUSH', 'tier:{list}', 'x');
  expect(await tier.getMany(['list'])).toEqual([undefined]);
  expect(textOf(await tier.getMany(['list', 'text']))).toEqual([undefined, 'text']);
});

it('rejects every caller of a turn when Redis does not answer', async () => {
  access.close();
  const outcomes = await Promise.allSettled([...IDS, 'x'].map((id) => tier.getMany([id])));
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  await expect(tier.getMany(['x'])).rejects.toMatchObject({ name: 'LarderRedisError', reason: 'unavailable' });
});
