import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Cache, type CacheEvent, createCache, pattern, type Target, tag } from 'nest-larder';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
});
afterAll(() => server.stop());

/** A node, and the invalidations that it reported. */
async function started(diagnostics: boolean, keyPrefix: string, redis: string | undefined = server.url) {
  const told: { origin: string; target: string }[] = [];
  const onEvent = (event: CacheEvent) => {
    if (event.type === 'invalidated') told.push({ origin: event.origin, target: event.target });
  };
  const cache = await createCache({ ...(redis && { redis }), keyPrefix, diagnostics, onEvent });
  ends.push(() => cache.close());
  return { cache, told };
}

const STEPS: readonly [work: (cache: Cache) => Promise<unknown>, origin: string, target: string][] = [
  [(cache) => cache.invalidate(['shop', 7], tag('winter'), pattern('a:*')), 'call', 'shop:7, tag winter, a:*'],
  [(cache) => cache.attribute('job', async () => cache.invalidate(['shop'])), 'job', 'shop'],
  [(cache) => cache.set(['shop', 8], 'new'), 'call', 'shop:8'],
  [(cache) => cache.writeThrough(['shop', 9], () => 'new'), 'call', 'shop:9'],
  [
    (cache) =>
      cache.invalidateAll([
        ['shop', 1],
        ['shop', 2],
      ]),
    'call',
    'shop:1, shop:2',
  ],
  [async (cache) => cache.clear((await cache.requestClear()).token), 'call', '*'],
];
const EXPECTED = STEPS.map(([, origin, target]) => ({ origin, target }));

it('reports origin and targets of an invalidation on every node that asks for them', async () => {
  const [one, other, quiet] = await Promise.all([true, true, false].map((isOn) => started(isOn, 'told')));
  if (!one || !other || !quiet) throw new Error('There are three nodes.');
  for (const [work] of STEPS) await work(one.cache);
  await until(() => one.told.length === STEPS.length && other.told.length === STEPS.length);
  expect(other.told).toEqual(EXPECTED);
  expect(one.told).toEqual(EXPECTED);
  expect(quiet.told).toEqual([]);
});

it('reports them in a single process too', async () => {
  const { cache, told } = await started(true, 'alone', '');
  for (const [work] of STEPS) await work(cache);
  expect(told).toEqual(EXPECTED);
});

it('writes at most 200 bytes of whole characters, and nothing where it is off', async () => {
  const [loud, quiet] = await Promise.all([started(true, 'loud'), started(false, 'quiet')]);
  const targets: Target[] = Array.from({ length: 30 }, (_, n) => ['größe', `${'ü'.repeat(20)}${n}`]);
  await Promise.all([loud, quiet].map(({ cache }) => cache.invalidate(...targets)));
  const redis = new Redis(server.url);
  const last = async (prefix: string) =>
    ((await redis.xrevrange(`{${prefix}}:journal`, '+', '-', 'COUNT', 1))[0] ?? [])[1];
  const fields = (await last('loud')) ?? [];
  expect(fields.slice(6)).toEqual(['o', 'call', 't', expect.stringMatching(/^größe:ü+0, größe:ü+1, .*[^\uFFFD]$/)]);
  expect(Buffer.byteLength(`${fields[7]}${fields[9]}`)).toBeLessThanOrEqual(200);
  expect(Buffer.byteLength(`${fields[7]}${fields[9]}`)).toBeGreaterThan(195);
  expect(await last('quiet')).toHaveLength(6);
  await loud.cache.attribute('ü'.repeat(80), () => loud.cache.invalidate(...targets));
  const [, origin, , target] = ((await last('loud')) ?? []).slice(6);
  expect(origin).toBe('ü'.repeat(50));
  expect(Buffer.byteLength(`${target}`)).toBeLessThanOrEqual(100);
  redis.disconnect();
});
