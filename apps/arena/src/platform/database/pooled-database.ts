import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Database } from './database.js';

/** Drizzle on a pool. Its own transactions keep a connection for ever whose BEGIN, COMMIT or ROLLBACK fails; these do not. */
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
      // What the work threw arrives here once it is rolled back. After any other error nobody knows what state it is in.
      client.release(error !== problem);
      throw error;
    }
  };
  return database;
}
