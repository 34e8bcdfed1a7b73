import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LarderModule } from '../../../libs/larder/src/index.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let warnings: string[];
let redis: RedisServer | undefined;
let app: INestApplicationContext | undefined;

beforeEach(() => {
  warnings = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void warnings.push(String(message)));
});
afterEach(async () => {
  await app?.close();
  await redis?.stop();
  jest.restoreAllMocks();
});

async function startOn(...args: string[]): Promise<void> {
  redis = await RedisServer.start({ args });
  @Module({ imports: [LarderModule.forRoot({ redis: redis.url })] })
  class App {}
  app = await NestFactory.createApplicationContext(App, { logger: false });
}

it('warns of a policy that may evict the version table, outside production too', async () => {
  await startOn('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
  await until(() => warnings.length > 0);
  expect(warnings).toEqual([expect.stringMatching(/^The maxmemory-policy of Redis is allkeys-lru, /)]);
});
