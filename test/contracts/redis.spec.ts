import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../libs/larder/src/base/clock.js';
import { RedisHistory } from '../../libs/larder/src/jobs/backends/redis/redis-history.js';
import { RedisJobLocks } from '../../libs/larder/src/jobs/backends/redis/redis-job-lock.js';
import { RedisJobPauses } from '../../libs/larder/src/jobs/backends/redis/redis-job-pauses.js';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { type ContractServer, contractServer } from '../support/servers/contract-server.js';
import { until } from '../support/until.js';
import { jobRecordsContract } from './job-history-contract.js';
import { jobLocksContract, sharedJobLocksContract } from './job-lock-contract.js';
import { jobPausesContract } from './job-pause-contract.js';
import { redisContracts } from './redis-contract.js';

const TIMEOUT = 2000;
const clock = new SystemClock();
let server: ContractServer;
let opened: RedisClient[] = [];

beforeAll(async () => {
  server = await contractServer();
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
  await until(() => redis.status === 'ready');
  return access;
}

redisContracts(connect);

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

describe('the pauses of jobs in Redis', () => {
  const make = async (prefix = randomUUID()) => {
    const connection = await connect();
    const locks = new RedisJobLocks(connection, prefix, clock);
    return { pauses: new RedisJobPauses(connection, prefix), locks };
  };
  for (const { name, run } of jobPausesContract(() => make())) it(name, run);

  it('let another process repeat a run that began before the pause', async () => {
    const prefix = randomUUID();
    const [{ locks }, other] = await Promise.all([make(prefix), make(prefix)]);
    const request = { at: 5, kind: 'tick' } as const;
    const reply = await locks.acquire('a', 'every 1 ms', request, { isRecovery: false });
    if (reply.type !== 'acquired') throw new Error(reply.type);
    await other.pauses.pause('a', { by: 'Ada', since: new Date(1000) });
    await reply.lock.release(false);
    expect((await other.locks.acquire('a', 'every 1 ms', request, { isRecovery: true })).type).toBe('acquired');
  });

  it('replace a key of another type', async () => {
    const prefix = randomUUID();
    const { pauses, locks } = await make(prefix);
    await server.command('SET', `{${prefix}}:jobs-paused`, 'x');
    const reply = await locks.acquire('a', 'every 1 ms', { at: 5, kind: 'tick' }, { isRecovery: false });
    expect(reply.type).toBe('acquired');
    await server.command('SET', `{${prefix}}:jobs-paused`, 'x');
    await pauses.pause('a', { by: 'Ada', since: new Date(1000) });
    expect((await pauses.state('a')).paused).toEqual({ by: 'Ada', since: new Date(1000) });
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
