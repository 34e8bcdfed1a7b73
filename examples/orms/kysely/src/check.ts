import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { makeTable, proveAutomatic } from './prove.js';

interface Tables {
  kysely_item: { id: number; seller: number; price: number; note: string | null };
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

await makeTable('kysely', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'kysely',
  pool,
  items: (seller) =>
    database.selectFrom('kysely_item').select(['id', 'price']).where('seller', '=', seller).orderBy('id').execute(),
  close: () => database.destroy(),
});
