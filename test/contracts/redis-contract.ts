import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from '@jest/globals';
import { RedisCounterStore } from '../../libs/larder/src/background/counters/redis-counter-store.js';
import { RedisDeadlineStore } from '../../libs/larder/src/background/deadlines/redis-deadline-store.js';
import { SystemClock } from '../../libs/larder/src/base/clock.js';
import { Tracing } from '../../libs/larder/src/base/signals/tracer.js';
import { VersionTable } from '../../libs/larder/src/cache/versions/version-table.js';
import type { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { RedisBoard } from '../../libs/larder/src/redis-cache/fleet/redis-board.js';
import { RedisClaims } from '../../libs/larder/src/redis-cache/fleet/redis-claims.js';
import { RedisJournal } from '../../libs/larder/src/redis-cache/journal/redis-journal.js';
import { RedisClearTokens } from '../../libs/larder/src/redis-cache/redis-clear-tokens.js';
import { RedisLeases } from '../../libs/larder/src/redis-cache/redis-leases.js';
import { RedisTier } from '../../libs/larder/src/redis-cache/redis-tier.js';
import { clearTokensContract } from '../../libs/larder/src/testing/clear-tokens-contract.js';
import { journalContract } from '../../libs/larder/src/testing/journal-contract.js';
import { leasesContract } from '../../libs/larder/src/testing/leases-contract.js';
import { tierContract } from '../../libs/larder/src/testing/tier-contract.js';
import { until } from '../support/until.js';
import { counterStoreContract } from './counter-store-contract.js';
import { deadlineStoreContract } from './deadline-store-contract.js';
import { fleetBoardContract } from './fleet-board-contract.js';
import { noticeClaimsContract } from './notice-claims-contract.js';

const clock = new SystemClock();

/** The contracts of everything that works through any client library. Each client is closed by the caller. */
export function redisContracts(connect: () => Promise<RedisClient>): void {
  describe('clear tokens in Redis', () => {
    const checks = clearTokensContract(async () => ({
      tokens: new RedisClearTokens(await connect(), randomUUID()),
      pass: (time) => delay(time),
    }));
    for (const { name, run } of checks) it(name, run);
  });

  describe('the Redis journal', () => {
    const checks = journalContract(async () => {
      const redis = await connect();
      const table = new VersionTable(2 ** 16);
      const journal = new RedisJournal(table, {
        prefix: randomUUID(),
        clock,
        connection: redis,
        dedicate: (key) => redis.dedicate(key),
        timeout: redis.timeout,
        maxStaleness: 1000,
        waitReplicas: 0,
        writeIntentTtl: 30_000,
        report: () => {},
        notes: false,
        tracing: new Tracing(),
      });
      await until(() => journal.syncedAt > 0);
      return { journal, table };
    });
    for (const { name, run } of checks) it(name, run);
  });

  describe('the board of a fleet in Redis', () => {
    const checks = fleetBoardContract(async () => ({
      board: new RedisBoard(await connect(), randomUUID()),
      pass: (time) => delay(time),
    }));
    for (const { name, run } of checks) it(name, run);
  });

  describe('the claims of a fleet in Redis', () => {
    const checks = noticeClaimsContract(async () => ({
      claims: new RedisClaims(await connect(), randomUUID()),
      pass: (time) => delay(time),
    }));
    for (const { name, run } of checks) it(name, run);
  });

  describe('the Redis tier', () => {
    const checks = tierContract(async () => new RedisTier(await connect(), randomUUID(), clock));
    for (const { name, run } of checks) it(name, run);
  });

  describe('Redis leases', () => {
    const checks = leasesContract(async () => new RedisLeases(await connect(), randomUUID(), clock));
    for (const { name, run } of checks) it(name, run);
  });

  describe.each([0, 5])('a counter in Redis, with a window of %d ms', (window) => {
    const checks = counterStoreContract(async () => {
      const redis = await connect();
      return new RedisCounterStore({ redis, prefix: randomUUID(), name: 'views', clock, window, report: () => {} });
    });
    for (const { name, run } of checks) it(name, run);
  });

  describe('deadlines in Redis', () => {
    const make = async () => new RedisDeadlineStore(await connect(), randomUUID(), 'offers', clock);
    for (const { name, run } of deadlineStoreContract(make)) it(name, run);
  });
}
