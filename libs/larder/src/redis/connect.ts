import { setTimeout as delay } from 'node:timers/promises';
import { LarderOptionsError } from '../base/errors.js';
import { libraryOf, problemsOfAddress, type RedisAddress } from './address.js';
import type { OpenRedis } from './connection.js';

/**
 * Opens Redis by the client library that the address names; resolves before the connection, also while Redis is unavailable.
 *
 * @param socketTimeout milliseconds without a reply after which a connection is replaced
 * @throws LarderOptionsError if the address is invalid, or the library is not installed
 */
export async function openRedis(address: RedisAddress, socketTimeout: number): Promise<OpenRedis> {
  const problems = problemsOfAddress(address, 'option redis');
  if (problems.length > 0) throw new LarderOptionsError(problems);
  // Loaded on demand: an application uses one client library, or none.
  if (libraryOf(address) === 'ioredis') {
    const { openIoredis } = await import('./client/ioredis.js');
    return openIoredis(address, socketTimeout);
  }
  const { openNodeRedis } = await import('./node-redis/open-node-redis.js');
  return openNodeRedis(address, socketTimeout);
}

/** Resolves when commands can be sent, or after `timeout` milliseconds; commands then fail with the reason. */
export async function connected(redis: Pick<OpenRedis, 'status'>, timeout: number): Promise<void> {
  const until = performance.now() + timeout;
  while (redis.status !== 'ready' && performance.now() < until) await delay(5);
}
