import { z } from 'zod';
import { type DatabaseLimits, PROFILE_NAMES, PROFILES } from '../database/profiles.js';
import { limitsInUrl } from './database-url.js';
import { duration, wholeNumber } from './duration.js';
import { variable } from './variable.js';

/** Limits of the database: a profile, and variables that override it. */
export const databaseVariables = {
  ARENA_DATABASE_PROFILE: variable(
    z.enum(PROFILE_NAMES, `one of ${PROFILE_NAMES.join(', ')}`).optional(),
    'development',
    'How much of the database arena uses: development, production or high-traffic (apps/arena/README.md). The limits below are those of development, the default unless NODE_ENV is production.',
  ),
  ARENA_DATABASE_POOL_SIZE: variable(
    wholeNumber(2, 10_000).optional(),
    '5',
    'How many connections run at the same time.',
  ),
  ARENA_DATABASE_POOL_TIMEOUT: variable(
    duration('100ms', '5m').optional(),
    '10s',
    'How long a request waits for a connection of the pool.',
  ),
  ARENA_DATABASE_CONNECT_TIMEOUT: variable(
    duration('100ms', '1m').optional(),
    '10s',
    'How long opening a connection may take.',
  ),
  ARENA_DATABASE_IDLE_TIMEOUT: variable(
    duration('1s', '1h').optional(),
    '10s',
    'After how long an unused connection is closed.',
  ),
  ARENA_DATABASE_STATEMENT_TIMEOUT: variable(
    duration('100ms', '1h').optional(),
    '30s',
    'How long a statement may run.',
  ),
  ARENA_DATABASE_LOCK_TIMEOUT: variable(
    duration('100ms', '1h').optional(),
    '10s',
    'How long a statement waits for a lock.',
  ),
  ARENA_DATABASE_IDLE_IN_TRANSACTION_TIMEOUT: variable(
    duration('1s', '1h').optional(),
    '60s',
    'How long a transaction may be idle.',
  ),
  ARENA_DATABASE_PROCESSES: variable(wholeNumber(1, 1_000).default(1), '1', 'How many arenas share the server.'),
};

type Read = z.infer<z.ZodObject<typeof databaseVariables>>;

/**
 * Limits from variables, which override parameters of the URL, which override the profile.
 *
 * @param url `DATABASE_URL`
 * @param production whether the default profile is `production`
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
