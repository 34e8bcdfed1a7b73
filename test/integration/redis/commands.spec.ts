import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { tag } from '../../../libs/larder/src/keys/target.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const CALLERS = 64;

let server: RedisServer;
let client: Redis;
let monitor: Redis;
/** Command, first argument and connection of each command that Redis received. */
let seen: { readonly command: string; readonly name: string; readonly source: string }[] = [];
let cache: Cache;

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.url);
  monitor = await client.monitor();
  monitor.on('monitor', (_time, [command, name]: [string, string], source: string) => {
    // Redis reports commands of scripts as from 'lua'.
    if (source !== 'lua') seen.push({ command: command.toLowerCase(), name, source });
  });
});
beforeEach(async () => {
  cache = await createCache({ redis: server.url, redisTimeout: '10s' });
  await cache.invalidate(['warm']);
  await cache.set(['warm'], 1);
  // A batch's script is known from here on.
  await cache.getMany(
    [
      ['warm', 1],
      ['warm', 2],
    ],
    (missing) => missing.map(String),
  );
  // The caller has its values before the last script stores them.
  await until(async () => (await client.keys('larder:{warm:?}')).length === 2);
});
afterEach(() => cache.close());
afterAll(async () => {
  monitor.disconnect();
  client.disconnect();
  await server.stop();
});

/** The commands that the work sends on the command connection, up to the last store. */
async function commandsOf(work: () => Promise<unknown>, stores: number): Promise<readonly string[]> {
  // MONITOR reports all earlier commands before this one.
  await client.echo('begin');
  await until(() => seen.some(({ command }) => command === 'echo'));
  seen = [];
  await work();
  const stored = () => seen.filter(({ command, name }) => command === 'set' && !name.includes(':loading:'));
  await until(() => stored().length >= stores);
  // The next command of the same connection comes after all of them.
  await cache.get(['end']);
  const last = () => seen.find(({ command, name }) => command === 'get' && name.includes('end'));
  await until(() => last() !== undefined);
  const { source } = last() as { source: string };
  return seen
    .filter((one) => one.source === source)
    .map(({ command }) => command)
    .slice(0, -1);
}

const countOf = (commands: readonly string[], command: string) => commands.filter((one) => one === command).length;
const numbers = Array.from({ length: CALLERS }, (_, index) => index);

it('a miss sends three plain commands: it reads, takes the lease and stores', async () => {
  expect(await commandsOf(() => cache.getOrLoad(['miss'], () => 'value'), 1)).toEqual(['get', 'set', 'set']);
});

it('a miss of a value with a short TTL releases its lease', async () => {
  const short = () => cache.getOrLoad(['short'], () => 'value', { ttl: '3s' });
  const late = () => cache.getOrLoad(['late'], () => 'value', { tags: () => [tag('known late')] });
  for (const read of [short, late]) {
    const commands = await commandsOf(async () => {
      await read();
      await until(() => seen.some(({ command }) => command === 'evalsha' || command === 'eval'));
    }, 1);
    expect(countOf(commands, 'evalsha') + countOf(commands, 'eval')).toBeGreaterThanOrEqual(1);
  }
});

it('misses of one turn share their reads, the scripts that take their leases, and those that store', async () => {
  const read = (id: number) => cache.getOrLoad(['misses', id], () => id);
  const commands = await commandsOf(() => Promise.all(numbers.map(read)), 0);
  expect(countOf(commands, 'mget')).toBe(2);
  expect(countOf(commands, 'set')).toBe(0);
  expect(countOf(commands, 'evalsha')).toBeLessThanOrEqual(4);
});

it('a set is one script, which also stores, and sets of one turn share it', async () => {
  expect(await commandsOf(() => cache.set(['one'], 1), 0)).toEqual(['evalsha']);
  const commands = await commandsOf(() => Promise.all(numbers.map((id) => cache.set(['sets', id], id))), 0);
  // The first set may be sent before the others: it does not wait for them.
  expect(countOf(commands, 'evalsha')).toBe(commands.length);
  expect(commands.length).toBeLessThanOrEqual(2);
});

it('a write-through sends a begin, an end and a store', async () => {
  const first = () => cache.writeThrough(['scripts are known'], async () => 1);
  await commandsOf(first, 1);
  const commands = await commandsOf(() => cache.writeThrough(['written'], async () => 1), 1);
  expect(commands).toEqual(['evalsha', 'evalsha', 'set']);
});

it('invalidations of one turn share one script', async () => {
  const invalidateAll = () => Promise.all(numbers.map((id) => cache.invalidate(['gone', id])));
  expect(countOf(await commandsOf(invalidateAll, 0), 'evalsha')).toBeLessThanOrEqual(2);
});
