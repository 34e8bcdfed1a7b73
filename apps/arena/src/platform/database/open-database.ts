import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { PostgresAddress } from 'nest-larder/change-feed';
import { Client, type ClientConfig, DatabaseError, Pool } from 'pg';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { StartProblem } from '../lifecycle/start-problem.js';
import type { Database } from './database.js';
import { pooledDatabase } from './pooled-database.js';
import { prepare, type Seed } from './prepare.js';
import type { DatabaseLimits } from './profiles.js';
import { checkRoom } from './room.js';

/** How the connections of this process are used. */
export interface PoolFigures {
  /** Connections that a request has, and those that are being opened. */
  readonly inUse: number;
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
  /** Connections at most. */
  readonly limit: number;
}

/** A database that is open, with arena's tables and data in it. */
export interface OpenDatabase {
  readonly database: Database;
  /** Which one it is, in words: `PostgreSQL 18.4, embedded`. Without any password. */
  readonly description: string;
  /** How else to reach it. */
  readonly address: PostgresAddress;
  /** How many connections of the pool are used. */
  pool(): PoolFigures;
  /** Waits up to 5 s for queries that run, then closes the connections; the embedded server is stopped. */
  close(): Promise<void>;
}

/** How long closing waits for queries that run, in milliseconds. */
const CLOSE_TIMEOUT = 5_000;

export const OPEN_DATABASE = Symbol('OPEN_DATABASE');

export interface DatabaseOptions {
  /** The PostgreSQL to use instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Where the embedded PostgreSQL keeps its data. */
  readonly dataDir: string;
  /** What arena takes of the database. */
  readonly databaseLimits: DatabaseLimits;
}

/**
 * Opens the database at `databaseUrl`, or else the embedded one, and brings it up to date: tables and, if it is new, data.
 *
 * @throws StartProblem if it cannot be reached or may not be changed
 */
export async function openDatabase(
  { databaseUrl, dataDir, databaseLimits }: DatabaseOptions,
  seed: Seed,
): Promise<OpenDatabase> {
  const server = databaseUrl === undefined ? await EmbeddedPostgres.start(dataDir) : undefined;
  const connection = server?.connection ?? { connectionString: databaseUrl };
  try {
    const version = await brought(connection, databaseLimits, seed);
    const pool = openPool(connection, databaseLimits);
    return {
      database: pooledDatabase(pool),
      address: databaseUrl ?? (connection as PostgresAddress),
      description: `PostgreSQL ${version}, ${server ? 'embedded' : placeOf(connection)}`,
      pool: () => ({
        inUse: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: pool.waitingCount,
        limit: databaseLimits.poolSize,
      }),
      close: async () => {
        // A query on a connection whose other side is gone may take for ever.
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
  pool.on('error', (error) =>
    new Logger('Database').warn(`A connection that was not in use has ended: ${error.message}`),
  );
  // The pool listens only to connections that are not lent out. The query that runs on a lost one rejects.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** A pool has one timeout, for the wait in its queue and for a new connection; its connections get one of their own. */
function clientWith(connectTimeout: number): typeof Client {
  return class extends Client {
    constructor(config?: ClientConfig) {
      // The pool has made the password not enumerable.
      super({ ...config, password: config?.password, connectionTimeoutMillis: connectTimeout });
    }
  };
}

/**
 * Makes sure that the database can be used, and answers the server's version. On a connection of its own, without limits:
 * filling a new database, and waiting for another arena that does, take the time they take.
 */
async function brought(connection: ClientConfig, limits: DatabaseLimits, seed: Seed): Promise<string> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: limits.connectTimeout,
    application_name: 'arena',
  });
  // Told to whoever awaits a query; without a listener it would end the process besides.
  client.on('error', () => {});
  try {
    await client.connect().catch((cause: Error) => {
      throw wrongUrl(`a database that can be reached (${cause.message})`, connection, cause);
    });
    await checkRoom(client, limits);
    await prepare(client, seed);
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

/** What PostgreSQL said, behind what drizzle made of it. */
function refusalIn(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}

function wrongUrl(takes: string, connection: ClientConfig, cause: unknown): StartProblem {
  return new StartProblem([`DATABASE_URL leads to ${placeOf(connection)}; it takes the URL of ${takes}`], { cause });
}

/** Where a connection leads, without its password. */
function placeOf(connection: ClientConfig): string {
  const { host, port, database } = new Client(connection);
  return `the database '${database}' at ${host}:${port}`;
}
