import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { PostgresAddress } from 'nest-larder/change-feed';
import { Client, type ClientConfig, DatabaseError, Pool } from 'pg';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { type Progress, silently } from '../lifecycle/progress.js';
import { StartProblem } from '../lifecycle/start-problem.js';
import type { Database } from './database.js';
import { pooledDatabase } from './pooled-database.js';
import { prepare, type Seed } from './prepare.js';
import type { DatabaseLimits } from './profiles.js';
import { checkRoom } from './room.js';

/** The use of this process's connection pool. */
export interface PoolFigures {
  /** Connections in use by requests, and those that are being opened. */
  readonly inUse: number;
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
  /** Maximum number of connections. */
  readonly limit: number;
}

/** An open database with arena's tables and data. */
export interface OpenDatabase {
  readonly database: Database;
  /** The connections of {@link database}: Larder observes their queries. */
  readonly connections: Pool;
  /** For people: `PostgreSQL 18.4, embedded`. Without the password. */
  readonly description: string;
  /** For further connections. */
  readonly address: PostgresAddress;
  pool(): PoolFigures;
  /** Waits up to 5 s for running queries, then closes the connections and stops the embedded server. */
  close(): Promise<void>;
}

/** How long closing waits for running queries, in milliseconds. */
const CLOSE_TIMEOUT = 5_000;

export const OPEN_DATABASE = Symbol('OPEN_DATABASE');

export interface DatabaseOptions {
  /** The PostgreSQL to use instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Where the embedded PostgreSQL keeps its data. */
  readonly dataDir: string;
  /** Limits of the connections. */
  readonly databaseLimits: DatabaseLimits;
}

/**
 * Opens the database at `databaseUrl`, or the embedded one. Applies migrations, and seeds a new database.
 *
 * @param progress receives what a first start is doing
 * @param meanwhile called while this process waits for the embedded one to be made
 * @throws StartProblem if the database cannot be reached, or refuses arena's tables
 */
export async function openDatabase(
  { databaseUrl, dataDir, databaseLimits }: DatabaseOptions,
  seed: Seed,
  progress: Progress = silently,
  meanwhile?: () => void,
): Promise<OpenDatabase> {
  const server = databaseUrl === undefined ? await EmbeddedPostgres.start(dataDir, progress, meanwhile) : undefined;
  const connection = server?.connection ?? { connectionString: databaseUrl };
  try {
    const version = await brought(connection, databaseLimits, seed, progress);
    const pool = openPool(connection, databaseLimits);
    return {
      database: pooledDatabase(pool),
      connections: pool,
      address: databaseUrl ?? (connection as PostgresAddress),
      description: `PostgreSQL ${version}, ${server ? 'embedded' : placeOf(connection)}`,
      pool: () => ({
        inUse: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: pool.waitingCount,
        limit: databaseLimits.poolSize,
      }),
      close: async () => {
        // A query on a half-open connection may never end.
        const ended = new AbortController();
        const timeout = delay(CLOSE_TIMEOUT, undefined, { signal: ended.signal }).catch(() => {});
        await Promise.race([pool.end(), timeout]);
        ended.abort();
        await server?.stop();
      },
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

function openPool(connection: ClientConfig, limits: DatabaseLimits): Pool {
  const pool = new Pool({
    ...connection,
    application_name: 'arena',
    keepAlive: true,
    max: limits.poolSize,
    connectionTimeoutMillis: limits.poolTimeout,
    Client: clientWith(limits.connectTimeout),
    idleTimeoutMillis: limits.idleTimeout,
    statement_timeout: limits.statementTimeout,
    lock_timeout: limits.lockTimeout,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeout,
  });
  pool.on('error', (error) => new Logger('Database').warn(`An idle connection has ended: ${error.message}`));
  // The pool listens for errors of idle connections only. On a lost connection in use, the running query rejects.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** `Pool` has one timeout for both the queue and new connections; this class gives connections their own timeout. */
function clientWith(connectTimeout: number): typeof Client {
  return class extends Client {
    constructor(config?: ClientConfig) {
      // `Pool` makes the password non-enumerable.
      super({ ...config, password: config?.password, connectionTimeoutMillis: connectTimeout });
    }
  };
}

/**
 * Prepares the database and returns the server's version. Uses a connection of its own without limits, because seeding a new
 * database, or waiting for another arena that does, can take long.
 */
async function brought(
  connection: ClientConfig,
  limits: DatabaseLimits,
  seed: Seed,
  progress: Progress,
): Promise<string> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: limits.connectTimeout,
    application_name: 'arena',
  });
  // The running query rejects; without a listener, the error would also end the process.
  client.on('error', () => {});
  try {
    await client.connect().catch((cause: Error) => {
      throw wrongUrl(`a database that can be reached (${cause.message})`, connection, cause);
    });
    await checkRoom(client, limits);
    await prepare(client, seed, progress);
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version.split(' ')[0] ?? 'of unknown version';
  } catch (cause) {
    const refusal = refusalIn(cause);
    if (refusal)
      throw wrongUrl(`a database in which arena may make its tables (${refusal.message})`, connection, cause);
    throw cause;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The error of PostgreSQL in the causes of drizzle's error. */
function refusalIn(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}

function wrongUrl(takes: string, connection: ClientConfig, cause: unknown): StartProblem {
  return new StartProblem([`invalid DATABASE_URL: got ${placeOf(connection)}, expected the URL of ${takes}`], {
    cause,
  });
}

/** The address of a connection, without its password. */
function placeOf(connection: ClientConfig): string {
  const { host, port, database } = new Client(connection);
  return `the database '${database}' at ${host}:${port}`;
}
