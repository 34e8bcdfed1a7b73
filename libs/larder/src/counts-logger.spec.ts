import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheInvalidate } from './decorators/cache-invalidate.js';
import { CacheWriteThrough } from './decorators/cache-write-through.js';
import { Cacheable } from './decorators/cacheable.js';
import { LarderModule } from './larder.module.js';
import { FakeClock } from './testing/fake-clock.js';

const SECOND = 1_000;

@Injectable()
class Players {
  @Cacheable({ key: (id: string) => ['players', id], ttl: '30s' })
  async one(id: string): Promise<string> {
    return id;
  }

  @CacheInvalidate({ targets: (id: string) => [['players', id]] })
  async rename(_id: string): Promise<void> {}

  @CacheWriteThrough({ key: (id: string) => ['players', id] })
  async replace(id: string): Promise<string> {
    if (id === '') throw new Error('no id');
    return id;
  }
}

let clock: FakeClock;
let lines: string[];
let close: (() => Promise<void>) | undefined;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  jest.spyOn(Logger.prototype, 'debug').mockImplementation((message: unknown) => void lines.push(String(message)));
});
afterEach(async () => {
  await close?.();
  jest.restoreAllMocks();
});

async function playersWith(log: 'info' | 'debug' | undefined): Promise<Players> {
  @Module({ imports: [LarderModule.forRoot({ clock, ...(log && { log }) })], providers: [Players] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  close = async () => {
    close = undefined;
    await app.close();
  };
  lines = [];
  return app.get(Players);
}

it('logs the counts of each method and of the cache every ten seconds, as differences to the last line', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await players.one('ada');
  await players.one('ada');
  await players.rename('ada');
  await players.one('ada');
  clock.advance(10 * SECOND);
  expect(lines).toEqual([
    'Players.one: 2 hits, 2 misses, 2 loads',
    'Players.rename: 1 invalidations',
    'The cache: 1 invalidations',
  ]);
  clock.advance(10 * SECOND);
  expect(lines).toHaveLength(3);
});

it('counts what write-throughs invalidate, those that fail too', async () => {
  const players = await playersWith('debug');
  await players.replace('ada');
  await expect(players.replace('')).rejects.toThrow('no id');
  clock.advance(10 * SECOND);
  expect(lines).toEqual(['Players.replace: 2 invalidations', 'The cache: 2 invalidations']);
});

it('logs sweeps and the entries that they freed', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await players.one('bea');
  clock.advance(70 * SECOND);
  expect(lines.slice(1)).toEqual(['The cache: 1 sweeps, 2 entries swept']);
});

it('logs the remaining counts when the application closes', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await close?.();
  expect(lines).toContain('Players.one: 1 misses, 1 loads');
});

it("logs nothing without `log: 'debug'`", async () => {
  const players = await playersWith(undefined);
  await players.one('ada');
  clock.advance(20 * SECOND);
  await close?.();
  expect(lines).toEqual([]);
});
