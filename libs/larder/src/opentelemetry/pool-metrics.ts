import { LarderOptionsError } from '../base/errors.js';
import { newInstruments } from './instruments.js';

/** A pool of connections, such as that of `pg`. */
export interface ConnectionPool {
  /** Open connections. */
  readonly totalCount: number;
  /** Those of them that no code uses. */
  readonly idleCount: number;
  /** Callers that wait for a connection. */
  readonly waitingCount: number;
}

/**
 * Measures a pool of database connections of the application: used, idle, and how many callers wait. Do not use it together with
 * `@opentelemetry/instrumentation-pg`, which measures the same.
 *
 * @param name the label `db.client.connection.pool.name`; not empty
 * @returns a function that ends this
 * @throws LarderOptionsError if the pool has no counts, or the name is empty
 *
 * @example
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * const stop = meterPool(pool, 'orders');
 * stop();
 * ```
 */
export function meterPool(pool: ConnectionPool, name: string): () => void {
  const problems = [pool?.totalCount, pool?.idleCount, pool?.waitingCount].every((count) => typeof count === 'number')
    ? []
    : ['invalid pool of meterPool: expected totalCount, idleCount and waitingCount, as a Pool of pg has them'];
  if (typeof name !== 'string' || name === '') problems.push(`invalid name of meterPool: got ${JSON.stringify(name)}`);
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return newInstruments().observe(['poolConnections', 'poolWaiting'], (observe) => {
    const { totalCount, idleCount, waitingCount } = pool;
    const labels = { 'db.client.connection.pool.name': name };
    observe('poolConnections', totalCount - idleCount, { ...labels, 'db.client.connection.state': 'used' });
    observe('poolConnections', idleCount, { ...labels, 'db.client.connection.state': 'idle' });
    observe('poolWaiting', waitingCount, labels);
  });
}
