import { setTimeout as delay } from 'node:timers/promises';
import type { RedisAddress } from '../../redis/address.js';
import { openRedis } from '../../redis/connect.js';
import type { OpenRedis } from '../../redis/connection.js';
import { RedisClient } from '../../redis/redis-client.js';

/** How long to wait for a connection, and for each reply, in milliseconds. */
const TIMEOUT = 3000;
/** States of a client after an attempt to connect. */
const ENDED: readonly string[] = ['ready', 'reconnecting', 'end'];

/** Opens Redis; resolves when the client is ready, or its first attempt to connect has failed. The caller closes it. */
export async function openClient(address: RedisAddress): Promise<RedisClient> {
  const redis = await openRedis(address, TIMEOUT);
  await firstAttempt(redis);
  return new RedisClient(redis, TIMEOUT);
}

async function firstAttempt(redis: OpenRedis): Promise<void> {
  const until = performance.now() + TIMEOUT;
  while (!ENDED.includes(redis.status) && performance.now() < until) await delay(5);
}
