import type { Clock } from '../base/clock.js';
import { LarderChangeFeedError, LarderError, messageOf } from '../base/errors.js';
import { withinLimit } from '../base/timeout.js';
import type { Database } from './session.js';
import { UNOBSERVED } from './unobserved.js';

/** A pool of the package `pg`. */
export interface DatabasePool {
  query(text: string): unknown;
  connect(callback: (error: unknown, client: unknown) => void): unknown;
}

/** A pool of an ORM that has its own, such as Knex's or Sequelize's. Only waits for its connections are observed. */
export interface OrmPool {
  acquire(...given: never[]): unknown;
}

interface PoolClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  release(isBroken?: boolean): void;
  on(event: 'error', listener: () => void): this;
  off(event: 'error', listener: () => void): unknown;
  [UNOBSERVED]?: boolean;
}

export interface PoolUse {
  readonly clock: Clock;
  /** Of the work and the wait for a connection, in milliseconds. */
  readonly timeout: number;
}

/**
 * Runs work on a connection of the application's pool, as the application's user.
 *
 * @throws LarderChangeFeedError if the database does not answer in time, or refuses
 */
export function onPool<T>(
  pool: DatabasePool,
  { clock, timeout }: PoolUse,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  let release = (_: boolean) => {};
  let isExpired = false;
  const run = async () => {
    try {
      const client = await connect(pool);
      release = (isBroken) => {
        release = () => {};
        delete client[UNOBSERVED];
        client.off('error', ignore);
        client.release(isBroken);
      };
      if (isExpired) throw new Error('the wait for a connection has ended');
      client[UNOBSERVED] = true;
      const result = await work(databaseOf(client));
      release(false);
      return result;
    } catch (cause) {
      release(true);
      if (cause instanceof LarderError) throw cause;
      throw new LarderChangeFeedError('unavailable', `The option database failed (${messageOf(cause)})`, { cause });
    }
  };
  return withinLimit(clock, timeout, run(), () => {
    isExpired = true;
    release(true);
    throw new LarderChangeFeedError('timeout', `The option database took longer than ${timeout} ms`);
  });
}

/** A pool listens only to clients that are not in use: without a listener, a connection that is lost would end the process. */
function connect(pool: DatabasePool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      // At once: an error may have come with the same packet.
      if (client) resolve((client as PoolClient).on('error', ignore));
      else reject(error);
    });
  });
}

function ignore(): void {}

function databaseOf(client: PoolClient): Database {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) =>
      (await client.query(text, values && [...values])).rows as Row[],
  };
}
