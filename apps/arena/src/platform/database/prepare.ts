import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import type { Progress } from '../lifecycle/progress.js';
import type { Database } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));
/** Held by the arena that is preparing a database; others that start on it wait. */
const PREPARATION_LOCK = 4_927_302;

/** Fills an empty database. */
export type Seed = (database: Database, progress: Progress) => Promise<void>;

/** Applies missing migrations, and seeds an empty database. */
export async function prepare(client: Client, seed: Seed, progress: Progress): Promise<void> {
  const database = drizzle(client);
  await client.query('select pg_advisory_lock($1)', [PREPARATION_LOCK]);
  const before = await tablesIn(client);
  await migrate(database, { migrationsFolder: MIGRATIONS });
  const after = await tablesIn(client);
  if (after > before) progress(`${after - before} tables made.`);
  await seed(database, progress);
  await client.query('select pg_advisory_unlock($1)', [PREPARATION_LOCK]);
}

async function tablesIn(client: Client): Promise<number> {
  const { rows } = await client.query<{ tables: number }>(
    "select count(*)::int as tables from pg_tables where schemaname = 'public'",
  );
  return rows[0]?.tables ?? 0;
}
