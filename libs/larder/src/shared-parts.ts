import type { EngineOptions } from './cache/engine.js';
import type { KnownClasses } from './cache/entries/classes.js';
import { SharedTier } from './cache/shared-tier/shared-tier.js';
import type { Tier } from './cache/shared-tier/tier.js';
import type { VersionTable } from './cache/versions/version-table.js';
import { NoCompression } from './codec/no-compression.js';
import { ValueCodec } from './codec/value-codec.js';
import { ZlibCompression } from './codec/zlib-compression.js';
import type { Settings } from './config/settings.js';
import type { RedisAddress } from './redis/address.js';
import { openRedis } from './redis/connect.js';
import { RedisClient } from './redis/redis-client.js';
import { RedisBoard } from './redis-cache/fleet/redis-board.js';
import { RedisClaims } from './redis-cache/fleet/redis-claims.js';
import { RedisProfileStore } from './redis-cache/fleet/redis-profile-store.js';
import { RedisJournal } from './redis-cache/journal/redis-journal.js';
import { RedisClearTokens } from './redis-cache/redis-clear-tokens.js';
import { RedisLeases } from './redis-cache/redis-leases.js';
import { RedisServers } from './redis-cache/redis-stats.js';
import { RedisTier } from './redis-cache/redis-tier.js';
import type { ProfileStore } from './warming/profile/profile-store.js';

/** The parts with those that nodes share through Redis. */
export async function withRedis(
  parts: EngineOptions,
  redis: RedisAddress,
  settings: Settings,
): Promise<{ readonly parts: EngineOptions; readonly profiles: ProfileStore }> {
  const {
    clock,
    diagnostics: notes,
    writeIntentTtl,
    keyPrefix,
    maxStaleness,
    redisTimeout: timeout,
    waitReplicas,
  } = settings;
  const access = new RedisClient(await openRedis(redis, Math.max(1000, 4 * timeout)), timeout);
  const shared = { clock, connection: access, dedicate: (key: string) => access.dedicate(key) };
  const connectionProblem = () => access.problem;
  const limits = { timeout, maxStaleness, waitReplicas, writeIntentTtl };
  const options = {
    ...shared,
    ...limits,
    prefix: keyPrefix,
    report: parts.report,
    notes,
    tracing: parts.tracing,
    connectionProblem,
    storesEntries: settings.tier === undefined && !access.isCluster,
  };
  const withShared = {
    ...parts,
    tier: settings.tier ?? new RedisTier(access, keyPrefix, clock),
    leases: settings.leases ?? new RedisLeases(access, keyPrefix, clock),
    clearTokens: new RedisClearTokens(access, keyPrefix),
    servers: new RedisServers(access),
    fleet: {
      ...parts.fleet,
      board: new RedisBoard(access, keyPrefix),
      claims: new RedisClaims(access, keyPrefix),
    },
    journal: settings.journal ?? ((table: VersionTable) => new RedisJournal(table, options)),
  };
  return { parts: withShared, profiles: new RedisProfileStore(access, keyPrefix) };
}

/** What reads and writes the entries of a tier that nodes share. */
export function sharedTierOf(tier: Tier, classes: KnownClasses, compresses: boolean): EngineOptions['shared'] {
  const codec = new ValueCodec(classes);
  const compression = compresses ? new ZlibCompression() : new NoCompression(new ZlibCompression());
  return (parts) => new SharedTier({ ...parts, tier, codec, compression });
}
