import { z } from 'zod';
import { type DatabaseLimits, PROFILE_NAMES, PROFILES } from '../database/profiles.js';
import { limitsInUrl } from './database-url.js';
import { duration, wholeNumber } from './duration.js';

/** What the database is allowed: a profile, and what is to be different from it. */
export const databaseVariables = {
  ARENA_DATABASE_PROFILE: z.enum(PROFILE_NAMES, PROFILE_NAMES.join(', ')).optional(),
  ARENA_DATABASE_POOL_SIZE: wholeNumber(2, 10_000).optional(),
  ARENA_DATABASE_POOL_TIMEOUT: duration('100ms', '5m').optional(),
  ARENA_DATABASE_CONNECT_TIMEOUT: duration('100ms', '1m').optional(),
  ARENA_DATABASE_IDLE_TIMEOUT: duration('1s', '1h').optional(),
  ARENA_DATABASE_STATEMENT_TIMEOUT: duration('100ms', '1h').optional(),
  ARENA_DATABASE_LOCK_TIMEOUT: duration('100ms', '1h').optional(),
  ARENA_DATABASE_IDLE_IN_TRANSACTION_TIMEOUT: duration('1s', '1h').optional(),
  ARENA_DATABASE_PROCESSES: wholeNumber(1, 1_000).default(1),
};

type Read = z.infer<z.ZodObject<typeof databaseVariables>>;

/**
 * A variable goes before a parameter of the URL, and both before the profile.
 *
 * @param url `DATABASE_URL`
 * @param production whether a profile that is not named is that of production
 */
export function databaseLimitsOf(read: Read, url: string | undefined, production: boolean): DatabaseLimits {
  const profile = PROFILES[read.ARENA_DATABASE_PROFILE ?? (production ? 'production' : 'development')];
  const inUrl = url === undefined ? {} : limitsInUrl(url);
  return {
    poolSize: read.ARENA_DATABASE_POOL_SIZE ?? inUrl.poolSize ?? profile.poolSize,
    poolTimeout: read.ARENA_DATABASE_POOL_TIMEOUT ?? inUrl.poolTimeout ?? profile.poolTimeout,
    connectTimeout: read.ARENA_DATABASE_CONNECT_TIMEOUT ?? inUrl.connectTimeout ?? profile.connectTimeout,
    idleTimeout: read.ARENA_DATABASE_IDLE_TIMEOUT ?? profile.idleTimeout,
    statementTimeout: read.ARENA_DATABASE_STATEMENT_TIMEOUT ?? profile.statementTimeout,
    lockTimeout: read.ARENA_DATABASE_LOCK_TIMEOUT ?? profile.lockTimeout,
    idleInTransactionTimeout: read.ARENA_DATABASE_IDLE_IN_TRANSACTION_TIMEOUT ?? profile.idleInTransactionTimeout,
    processes: read.ARENA_DATABASE_PROCESSES,
  };
}
