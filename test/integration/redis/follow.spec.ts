import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Cache, createCache } from 'nest-larder';
import { listen } from 'nest-larder/observability';
import { RedisServer } from '../../support/servers/redis-server.js';

let server: RedisServer;
let cache: Cache;
let events: string[];
let heard: string[];
let stop: () => void;

beforeEach(async () => {
  server = await RedisServer.start();
  events = [];
  heard = [];
  stop = listen('nest-larder:journal', ({ type }) => heard.push(type));
  cache = await createCache({ redis: server.url, onEvent: ({ type }) => events.push(type) });
});
afterEach(async () => {
  stop();
  await cache.close();
  await server.stop();
});

/** Resolves when Redis has run so many more scripts: a node that follows the journal runs four a second. */
async function scriptsRun(count: number): Promise<void> {
  const until = (await scripts()) + count;
  while ((await scripts()) < until) await delay(50);
}

async function scripts(): Promise<number> {
  const info = String(await server.command('INFO', 'commandstats'));
  return [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

it('a node follows the journal of a Redis without its scripts, and never loses it', async () => {
  await scriptsRun(12);
  expect([events, heard]).toEqual([['journal-followed'], ['journal-followed']]);
}, 30_000);

it('a node whose scripts were flushed loses the journal at most once, and follows it again', async () => {
  await scriptsRun(4);
  await server.command('SCRIPT', 'FLUSH');
  await scriptsRun(16);
  expect(events.filter((type) => type === 'journal-lost').length).toBeLessThanOrEqual(1);
  expect(events.at(-1)).toBe('journal-followed');
}, 30_000);
