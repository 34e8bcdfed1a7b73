import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisCounterStore } from '../../libs/larder/src/background/counters/redis-counter-store.js';
import { RedisDeadlineStore } from '../../libs/larder/src/background/deadlines/redis-deadline-store.js';
import { SystemClock } from '../../libs/larder/src/base/clock.js';
import { VersionTable } from '../../libs/larder/src/cache/versions/version-table.js';
import { RedisHistory } from '../../libs/larder/src/jobs/backends/redis-history.js';
import { RedisJobLocks } from '../../libs/larder/src/jobs/backends/redis-job-lock.js';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { RedisClearTokens } from '../../libs/larder/src/redis-cache/redis-clear-tokens.js';
import { RedisJournal } from '../../libs/larder/src/redis-cache/redis-journal.js';
import { RedisLeases } from '../../libs/larder/src/redis-cache/redis-leases.js';
import { RedisTier } from '../../libs/larder/src/redis-cache/redis-tier.js';
import { clearTokensContract } from '../../libs/larder/src/testing/clear-tokens-contract.js';
import { journalContract } from '../../libs/larder/src/testing/journal-contract.js';
import { leasesContract } from '../../libs/larder/src/testing/leases-contract.js';
import { tierContract } from '../../libs/larder/src/testing/tier-contract.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';
import { counterStoreContract } from './counter-store-contract.js';
import { deadlineStoreContract } from './deadline-store-contract.js';
import { jobRecordsContract } from './job-history-contract.js';
import { jobLocksContract, sharedJobLocksContract } from './job-lock-contract.js';

const TIMEOUT = 2000;
const clock = new SystemClock();
let server: RedisServer;
let opened: RedisClient[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

afterEach(() => {
  for (const redis of opened) redis.close();
  opened = [];
});

async function connect(): Promise<RedisClient> {
  const redis = await openRedis(server.url, TIMEOUT);
  const access = new RedisClient(redis, TIMEOUT);
  opened.push(access);
  await until(() => redis.client.status === 'ready');
  return access;
}

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
      timeout: TIMEOUT,
      maxStaleness: 1000,
      waitReplicas: 0,
      writeIntentTtl: 30_000,
      report: () => {},
      notes: false,
    });
    await until(() => journal.syncedAt > 0);
    return { journal, table };
  });
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

describe('the locks of jobs in Redis', () => {
  const make = async () => new RedisJobLocks(await connect(), randomUUID(), clock);
  for (const { name, run } of [...jobLocksContract(make), ...sharedJobLocksContract(make)]) it(name, run);

  it('tell a run at its end that another process has already ended it', async () => {
    const prefix = randomUUID();
    const locks = new RedisJobLocks(await connect(), prefix, clock);
    const request = { at: 5, kind: 'tick' } as const;
    const acquire = async () => {
      const reply = await locks.acquire('a', 'every 1 ms', request, { isRecovery: true });
      if (reply.type !== 'acquired') throw new Error(reply.type);
      return reply.lock;
    };
    const first = await locks.acquire('a', 'every 1 ms', request, { isRecovery: false });
    if (first.type !== 'acquired') throw new Error(first.type);
    // Redis was away for longer than the lock's TTL.
    await server.command('DEL', `{${prefix}}:job:a:turn`);
    const second = await acquire();
    expect(await second.release(true)).toBe(true);
    expect(await second.release(true)).toBe(true);
    expect(await first.lock.release(true)).toBe(false);
  });

  it('stay with their holder when Redis has lost the lock', async () => {
    const prefix = randomUUID();
    const locks = new RedisJobLocks(await connect(), prefix, clock);
    const first = await locks.acquire('a', 'every 1 ms', { at: 5, kind: 'tick' }, { isRecovery: false });
    if (first.type !== 'acquired') throw new Error(first.type);
    await server.command('DEL', `{${prefix}}:job:a:turn`, `{${prefix}}:jobs-unfinished`, `{${prefix}}:jobs-ticks`);
    await until(async () => (await locks.unfinished()).has('a'));
    expect(first.lock.lost.aborted).toBe(false);
    expect(await first.lock.release(true)).toBe(true);
    expect((await locks.acquire('a', 'every 1 ms', { at: 5, kind: 'tick' }, { isRecovery: false })).type).toBe(
      'settled',
    );
  });
});

describe('the history of jobs in Redis', () => {
  const checks = jobRecordsContract(async () => new RedisHistory(await connect(), randomUUID()));
  for (const { name, run } of checks) it(name, run);

  it('keeps a bounded number of runs', async () => {
    const prefix = randomUUID();
    const history = new RedisHistory(await connect(), prefix);
    const run = { scheduledFor: new Date(), startedAt: new Date(), by: 'host:1', attempts: 1 };
    for (let attempts = 1; attempts <= 60; attempts++) {
      await history.ended('a', { ...run, attempts, result: 'succeeded' });
    }
    expect(await server.command('LLEN', `{${prefix}}:job:a:history`)).toBe(50);
  });
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
