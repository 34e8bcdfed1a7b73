import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { RedisJobLocks } from '../../../libs/larder/src/jobs/backends/redis/redis-job-lock.js';
import {
  connectToRedis,
  defineCounter,
  defineDeadline,
  type Fleet,
  type FleetPart,
} from '../../../libs/larder/src/jobs/index.js';
import { BatchKeys } from '../../../libs/larder/src/redis/batches/batch-keys.js';
import { openRedis } from '../../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../../libs/larder/src/redis/redis-client.js';
import { Script } from '../../../libs/larder/src/redis/script.js';
import { defer } from '../../support/defer.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let redis: RedisServer;
const fleets: Fleet[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());
beforeEach(() => redis.command('FLUSHALL'));
afterEach(async () => {
  await Promise.all(fleets.splice(0).map((fleet) => fleet.close()));
});

async function join(...parts: readonly FleetPart[]): Promise<void> {
  fleets.push(await connectToRedis(parts, { redis: redis.url, redisTimeout: '2s' }));
}

/** Stores a type at the key that no component uses there. */
async function spoil(key: string): Promise<void> {
  await redis.command('DEL', key);
  await redis.command('XADD', key, '*', 'none', 'of ours');
}

const TAG = '{larder:counter:views:0}';

describe('a counter continues', () => {
  it.each([':added', ':batches', ':last'])('with garbage at its key %s', async (name) => {
    const written = new Map<string, number>();
    const views = defineCounter({
      name: 'views',
      flushEvery: '1h',
      write: async ({ counts }) => {
        for (const [key, count] of counts) written.set(key, (written.get(key) ?? 0) + count);
      },
    });
    await join(views);
    await views.add('a');
    await views.flush();
    await spoil(TAG + name);
    await views.add('b', 2);
    expect(await views.pending('b')).toBe(2);
    expect(await views.flush()).toEqual({ batches: 1, keys: 1, total: 2 });
    expect(written.get('b')).toBe(2);
  });

  it('with garbage at a batch, in a batch, and at the time of the last one', async () => {
    const written = new Map<string, number>();
    let fails = true;
    const views = defineCounter({
      name: 'views',
      flushEvery: '1h',
      write: async ({ counts }) => {
        if (fails) throw new Error('no database');
        for (const [key, count] of counts) written.set(key, count);
      },
    });
    await join(views);
    await views.add('a');
    await expect(views.flush()).rejects.toThrow('no database');
    const [batch] = (await redis.command('ZRANGE', `${TAG}:batches`, '0', '-1')) as string[];
    await spoil(`${TAG}:batch:${batch}`);
    await redis.command('SET', `${TAG}:last`, 'never');
    await views.add('b', 2);
    await redis.command('HSET', `${TAG}:added`, 'c', 'many');
    expect(await views.pending('c')).toBe(0);
    fails = false;
    expect(await views.flush()).toEqual({ batches: 1, keys: 1, total: 2 });
    expect(await redis.command('ZCARD', `${TAG}:batches`)).toBe(0);
    expect([...written]).toEqual([['b', 2]]);
  });
});

describe('the list of batches', () => {
  it('drops ids that no batch can have', async () => {
    const views = defineCounter({ name: 'views', flushEvery: '1h', write: async () => {} });
    await join(views);
    await views.add('a');
    const add = "return redis.call('ZADD', KEYS[1], 0, '\\255', 0, 'no:uuid')";
    expect(await redis.command('EVAL', add, '1', `${TAG}:batches`)).toBe(2);
    expect(await views.pending('a')).toBe(1);
    expect(await views.flush()).toEqual({ batches: 1, keys: 1, total: 1 });
    expect(await redis.command('ZCARD', `${TAG}:batches`)).toBe(0);
  });

  it('is not retried without end', async () => {
    const access = new RedisClient(await openRedis(redis.url, 5000), 2000);
    await until(() => access.status === 'ready');
    const batches = new BatchKeys(access, 'batch:');
    const always = new Script("#!lua\nredis.call('INCR', KEYS[1])\nreturn {'batches', {'1f'}}");
    await expect(batches.run(always, ['attempts'], [])).rejects.toThrow(
      expect.objectContaining({ code: 'LARDER_REDIS', message: expect.stringContaining('batch:') }),
    );
    expect(await redis.command('GET', 'attempts')).toBe('100');
    access.close();
  });
});

describe('deadlines', () => {
  const soon = () => Date.now() + 3_600_000;
  const offers = (restore?: () => Promise<void>) =>
    defineDeadline({ name: 'offers', every: '20ms', expire: async () => {}, ...(restore && { restore }) });

  it.each([':due', ':batches', ':version'])('continue with garbage at their key %s', async (name) => {
    const deadline = offers();
    await join(deadline);
    await deadline.track('a', soon());
    await spoil(`{larder:deadline:offers}${name}`);
    await deadline.track('b', soon());
    await deadline.track('c', Date.now() - 1);
    await until(async () => (await deadline.dueWithin('2h')).every(({ id }) => id !== 'c'));
    expect((await deadline.dueWithin('2h')).map(({ id }) => id)).toContain('b');
  });

  it('are restored by one process after Redis was emptied, and after it lost the latest writes', async () => {
    const known = new Set(['a', 'b']);
    const restorers: string[] = [];
    const make = (process: string) => {
      const deadline = offers(async () => {
        restorers.push(process);
        for (const id of known) await deadline.track(id, soon());
      });
      return deadline;
    };
    const [one, two] = [make('one'), make('two')];
    await Promise.all([join(one), join(two)]);
    await until(
      async () => (await one.size()) === 2 && (await redis.command('EXISTS', '{larder:deadline:offers}:epoch')) === 1,
    );
    expect(restorers).toHaveLength(1);
    await redis.command('FLUSHALL');
    await until(
      async () => (await one.size()) === 2 && (await redis.command('EXISTS', '{larder:deadline:offers}:epoch')) === 1,
    );
    expect(restorers).toHaveLength(2);
    await redis.command('SAVE');
    known.add('c');
    await one.track('c', soon());
    await redis.restart();
    await until(async () => (await two.size().catch(() => 0)) === 3);
    expect(restorers).toHaveLength(3);
  });

  it('are restored after a first attempt failed', async () => {
    let tries = 0;
    const errors: unknown[] = [];
    const deadline = defineDeadline({
      name: 'offers',
      every: '20ms',
      expire: async () => {},
      onError: (error) => errors.push(error),
      restore: async () => {
        if (++tries < 3) throw new Error('no database');
        await deadline.track('a', soon());
      },
    });
    await join(deadline);
    await until(async () => (await deadline.size()) === 1);
    expect(errors).toEqual([new Error('no database')]);
  });

  it('are all restored by a process that stops meanwhile, and it reports no error', async () => {
    const errors: unknown[] = [];
    const begun = defer<void>();
    const gate = defer<void>();
    const deadline = defineDeadline({
      name: 'offers',
      every: '20ms',
      expire: async () => {},
      onError: (error) => errors.push(error),
      restore: async () => {
        begun.resolve();
        await gate.promise;
        await deadline.track('a', soon());
      },
    });
    const fleet = await connectToRedis([deadline], { redis: redis.url, redisTimeout: '2s' });
    await begun.promise;
    const closed = fleet.close();
    await new Promise(setImmediate);
    gate.resolve();
    await closed;
    expect(errors).toEqual([]);
    expect(await redis.command('ZCARD', '{larder:deadline:offers}:due')).toBe(1);
    expect(await redis.command('EXISTS', '{larder:deadline:offers}:restoring')).toBe(0);
  });

  it('that a stopped process has no time to restore are left to another, and it reports no error', async () => {
    const errors: unknown[] = [];
    const begun = defer<void>();
    const gate = defer<void>();
    const ended = defer<void>();
    const deadline = defineDeadline({
      name: 'offers',
      every: '20ms',
      expire: async () => {},
      onError: (error) => errors.push(error),
      restore: async () => {
        begun.resolve();
        await gate.promise;
        await deadline.track('a', soon()).finally(() => ended.resolve());
      },
    });
    const fleet = await connectToRedis([deadline], { redis: redis.url, redisTimeout: '2s' });
    await begun.promise;
    await fleet.close(1);
    gate.resolve();
    await ended.promise;
    await new Promise(setImmediate);
    expect(errors).toEqual([]);
  });
});

it.each(['job:a:turn', 'jobs-unfinished', 'jobs-ticks', 'job:a:waiting'])(
  'jobs go on after garbage stands at their key %s',
  async (name) => {
    const access = new RedisClient(await openRedis(redis.url, 5000), 2000);
    await until(() => access.status === 'ready');
    const locks = new RedisJobLocks(access, 'larder', new SystemClock());
    const acquire = (at: number) => locks.acquire('a', 'every 1 ms', { at, kind: 'tick' }, { isRecovery: false });
    const first = await acquire(1);
    if (first.type === 'acquired') await first.lock.release(true);
    await spoil(`{larder}:${name}`);
    expect((await acquire(2)).type).toBe('acquired');
    access.close();
  },
);
