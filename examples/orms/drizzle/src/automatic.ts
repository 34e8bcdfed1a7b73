import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { makeTable, proveAutomatic } from './prove.js';

const item = pgTable('drizzle_item', {
  id: integer().primaryKey(),
  seller: integer().notNull(),
  price: integer().notNull(),
  note: text(),
});

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const database = drizzle(pool);

await makeTable('drizzle', (sql) => pool.query(sql));
await proveAutomatic({
  name: 'drizzle',
  pool,
  items: (seller) =>
    database.select({ id: item.id, price: item.price }).from(item).where(eq(item.seller, seller)).orderBy(asc(item.id)),
  close: () => pool.end(),
});
