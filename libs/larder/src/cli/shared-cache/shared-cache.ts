import { SystemClock } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { type Settings, toSettings } from '../../config/settings.js';
import type { Environment } from '../../options/option.js';
import type { RedisAddress } from '../../redis/address.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { tableKeys } from '../../redis-cache/journal/version-scripts.js';
import { RedisTier } from '../../redis-cache/redis-tier.js';
import { LarderCommandError } from '../command-error.js';
import { openClient } from './open-client.js';
import { slotsOfTable } from './table-size.js';

/** The cache that the processes of an environment share in Redis. Reading it writes nothing. */
export interface SharedCache {
  readonly client: RedisClient;
  readonly tier: RedisTier;
  readonly settings: Settings & { readonly redis: RedisAddress };
}

/**
 * Runs work on the shared cache, and closes the connection.
 *
 * @throws LarderOptionsError for an invalid environment; LarderRedisError without Redis; LarderCommandError if no process
 *   has used a cache with this prefix and this number of slots
 */
export async function withSharedCache<T>(env: Environment, work: (cache: SharedCache) => Promise<T>): Promise<T> {
  const settings = settingsIn(env);
  const client = await openClient(settings.redis);
  try {
    await demandTable(client, settings);
    return await work({ client, settings, tier: new RedisTier(client, settings.keyPrefix, new SystemClock()) });
  } finally {
    client.close();
  }
}

function settingsIn(env: Environment): SharedCache['settings'] {
  const settings = toSettings({ background: false }, env);
  const { redis } = settings;
  if (redis !== undefined) return { ...settings, redis };
  throw new LarderOptionsError([
    settings.isRedisOff
      ? 'LARDER_REDIS_URL is off, and this command works on Redis'
      : 'LARDER_REDIS_URL is not set; set it to the URL of the Redis that the application uses',
  ]);
}

/** A mistyped prefix would show an empty cache, and an invalidation there would reach no process. */
async function demandTable(client: RedisClient, { keyPrefix, slots }: Settings): Promise<void> {
  const { table } = tableKeys(keyPrefix);
  const bytes = Number(await client.call('STRLEN', table));
  if (bytes === 0) {
    throw new LarderCommandError(
      `No process has used this Redis with the prefix '${keyPrefix}'`,
      'Set LARDER_REDIS_URL and LARDER_KEY_PREFIX as the application has them',
    );
  }
  if (slotsOfTable(bytes) === slots) return;
  throw new LarderCommandError(
    `The processes of the application use ${slotsOfTable(bytes)} slots, and this command ${slots}`,
    'Set LARDER_SLOTS as the application has it',
  );
}
