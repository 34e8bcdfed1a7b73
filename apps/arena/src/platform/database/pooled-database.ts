import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Database } from './database.js';

/** Drizzle on a pool. Its own transactions never release a connection whose BEGIN, COMMIT or ROLLBACK fails; these do. */
export function pooledDatabase(pool: Pool): Database {
  const database: Database = drizzle(pool);
  database.transaction = async (work, config) => {
    const client = await pool.connect();
    const none = Symbol('none');
    let problem: unknown = none;
    try {
      const result = await drizzle(client).transaction(async (transaction) => {
        try {
          return await work(transaction);
        } catch (error) {
          problem = error;
          throw error;
        }
      }, config);
      client.release();
      return result;
    } catch (error) {
      // An error of `work` arrives here after the rollback. After any other error the state is unknown: destroy the connection.
      client.release(error !== problem);
      throw error;
    }
  };
  return database;
}
