import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheInvalidate } from './decorators/cache-invalidate.js';
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

it('writes every ten seconds what each method and the cache did since the last line', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await players.one('ada');
  await players.one('ada');
  await players.rename('ada');
  await players.one('ada');
  clock.advance(10 * SECOND);
  expect(lines).toEqual(['Players.one: 2 hits, 2 misses, 2 loads', 'The cache: 1 invalidations']);
  clock.advance(10 * SECOND);
  expect(lines).toHaveLength(2);
});

it('counts sweeps and the entries that they freed', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await players.one('bea');
  clock.advance(70 * SECOND);
  expect(lines.slice(1)).toEqual(['The cache: 1 sweeps, 2 entries swept']);
});

it('writes what is left when the application closes', async () => {
  const players = await playersWith('debug');
  await players.one('ada');
  await close?.();
  expect(lines).toContain('Players.one: 1 misses, 1 loads');
});

it('writes nothing unless it is asked to', async () => {
  const players = await playersWith(undefined);
  await players.one('ada');
  clock.advance(20 * SECOND);
  await close?.();
  expect(lines).toEqual([]);
});
