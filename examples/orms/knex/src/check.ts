import knex from 'knex';
import pg from 'pg';
import { type Item, makeTable, proveAutomatic } from './prove.js';

/** Knex has a pool of its own, with clients of the same copy of `pg`. Larder needs a pool of `pg`, and sees waits in the other. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const database = knex({ client: 'pg', connection: process.env.DATABASE_URL, pool: { max: 4 } });

await makeTable('knex', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'knex',
  pool,
  own: database.client.pool,
  items: (seller) => database('knex_item').select<Item[]>('id', 'price').where('seller', seller).orderBy('id'),
  close: async () => {
    await database.destroy();
    await pool.end();
  },
});
