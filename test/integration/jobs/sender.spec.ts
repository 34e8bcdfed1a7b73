import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { IncrementSender } from '../../../libs/larder/src/background/counters/increment-sender.js';
import { RedisCounterStore } from '../../../libs/larder/src/background/counters/redis-counter-store.js';
import { type ShardKeys, shardKeys } from '../../../libs/larder/src/background/counters/redis-shard.js';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { LarderCounterError, LarderRedisError } from '../../../libs/larder/src/base/errors.js';
import { openRedis } from '../../../libs/larder/src/redis/connect.js';
import type { Connection } from '../../../libs/larder/src/redis/connection.js';
import { RedisClient } from '../../../libs/larder/src/redis/redis-client.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const clock = new SystemClock();
let server: RedisServer;
let redis: RedisClient;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisClient(await openRedis(server.url, 5000), 2000);
  await until(() => redis.status === 'ready');
});
afterAll(async () => {
  redis.close();
  await server.stop();
});

function senderOn(connection: Connection, keys: ShardKeys): IncrementSender {
  return new IncrementSender({ connection, keys, clock, window: 0, report: () => {} });
}

it('counts an increment once when it is resent because its answer was lost', async () => {
  const keys = shardKeys('larder', 'lost-answers', 0);
  let calls = 0;
  const connection: Connection = {
    call: async (...command) => {
      const reply = await redis.call(...command);
      calls++;
      if (calls % 2 === 1) throw new LarderRedisError('timeout', 'The answer was lost');
      return reply;
    },
  };
  const sender = senderOn(connection, keys);
  for (let round = 0; round < 10; round++) await Promise.all([sender.add('a', 1), sender.add('b', 2)]);
  expect(calls).toBeGreaterThanOrEqual(20);
  expect(await server.command('HMGET', keys.added, 'a', 'b')).toEqual(['10', '20']);
});

it('keeps what Redis does not accept, and rejects it only when closed', async () => {
  const keys = shardKeys('larder', 'gone', 0);
  let isGone = true;
  const connection: Connection = {
    call: async (...command) => {
      if (isGone) throw new LarderRedisError('unavailable', 'Redis is gone');
      return redis.call(...command);
    },
  };
  const patient = senderOn(connection, keys);
  const added = Promise.all([patient.add('a', 1), patient.add('a', 2)]);
  expect([patient.pending('a').unsent, patient.waiting]).toEqual([3, 1]);
  isGone = false;
  await added;
  expect(patient.waiting).toBe(0);
  expect(await server.command('HGET', keys.added, 'a')).toBe('3');

  isGone = true;
  const closed = senderOn(connection, keys);
  const lost = closed.add('a', 1);
  await closed.close(50);
  await expect(lost).rejects.toThrow(LarderCounterError);
  await expect(closed.add('a', 1)).rejects.toThrow('The counter is closed.');
});

it('counts an increment once while Redis has it and its answer is on the way', async () => {
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let arrived = 0;
  const connection = {
    isCluster: false,
    call: async (...command: Parameters<RedisClient['call']>) => {
      const reply = await redis.call(...command);
      // Only increments have their key and the key of their number.
      if (command.includes('page') && !command.includes(batches)) {
        arrived++;
        await held;
      }
      return reply;
    },
  } as unknown as RedisClient;
  const { batches } = shardKeys('larder', 'on-the-way', 0);
  const store = new RedisCounterStore({
    redis: connection,
    prefix: 'larder',
    name: 'on-the-way',
    clock,
    window: 0,
    report: () => {},
  });
  void store.add('page', 5);
  await until(() => arrived === 1);
  void store.add('page', 2);
  expect(await store.pending('page')).toBe(7);
  answer();
  await until(async () => store.waiting === 0);
  expect(await store.pending('page')).toBe(7);
  await store.close(1000);
});
