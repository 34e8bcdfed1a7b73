import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import type { Key } from '../../../libs/larder/src/keys/key.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** The name of the key that ends a measurement. */
const END = 'end-of-the-measurement';
const OPTIONS = { ttl: '10m' } as const;

let server: RedisServer;
let cache: Cache;
let side: Redis;
let monitor: Redis;
/** What Redis was sent, but for the reading of the journal. */
let commands: string[];

beforeEach(async () => {
  server = await RedisServer.start();
  cache = await createCache({ redis: server.url, redisTimeout: '20s', maxStaleness: '20s' });
  await until(async () => (await cache.invalidate(['nothing'])).delivered);
  // Redis knows all scripts from now on.
  await cache.writeThrough(['warm'], () => 1, OPTIONS);
  await cache.set(['warm', 'set'], 1, OPTIONS);
  const warm: readonly Key[] = [
    ['warm', 'up'],
    ['warm', 'too'],
  ];
  await cache.getMany(warm, (missing) => missing.map(String), OPTIONS);
  await until(async () => (cache.stats().shared?.stores ?? 0) >= 4);
  side = new Redis(server.url);
  const clients = String(await side.client('LIST')).split('\n');
  // The journal is read on a connection of its own.
  const follower = clients.map((line) => /\baddr=(\S+) .*\bcmd=xread\b/.exec(line)?.[1]).find(Boolean);
  monitor = await new Redis(server.url).monitor();
  commands = [];
  monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
    if (source === 'lua' || source === follower) return;
    const command = name.toUpperCase();
    commands.push(command === 'SET' && args.includes('NX') ? 'SET NX' : args[0] === END ? END : command);
  });
});

afterEach(async () => {
  monitor.disconnect();
  side.disconnect();
  await cache.close();
  await server.stop();
});

/** The commands of some work, in the order in which Redis got them. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { stores = 0 } = cache.stats().shared ?? {};
  await work();
  await until(async () => (cache.stats().shared?.stores ?? 0) > stores);
  await side.set(END, '1');
  await until(async () => commands.includes(END));
  return commands.slice(0, commands.indexOf(END));
}

it('a miss is a read, a lease and a store', async () => {
  expect(await commandsOf(() => cache.getOrLoad(['items', 1], () => 'one', OPTIONS))).toEqual(['GET', 'SET NX', 'SET']);
});

it('a batch of two misses is one read, a script that takes the leases, and a script that stores', async () => {
  const keys: readonly Key[] = [
    ['items', 1],
    ['items', 2],
  ];
  const read = () => cache.getMany(keys, (missing) => missing.map(String), OPTIONS);
  expect(await commandsOf(read)).toEqual(['MGET', 'EVALSHA', 'EVALSHA']);
});

it('a set is one script that raises the version and stores', async () => {
  expect(await commandsOf(() => cache.set(['items', 1], 'one', OPTIONS))).toEqual(['EVALSHA']);
  expect(await cache.inspect(['items', 1])).toMatchObject({ tier: 'memory' });
});

it('a write-through is a script before it, a script after it, and a store', async () => {
  expect(await commandsOf(() => cache.writeThrough(['items', 1], () => 'one', OPTIONS))).toEqual([
    'EVALSHA',
    'EVALSHA',
    'SET',
  ]);
});
