import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import type { Database } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));
/** Held by the arena that is preparing a database; others that start on it wait. */
const PREPARATION_LOCK = 4_927_302;

/** Fills an empty database. */
export type Seed = (database: Database) => Promise<void>;

/** Applies missing migrations, and seeds an empty database. */
export async function prepare(client: Client, seed: Seed): Promise<void> {
  const database = drizzle(client);
  await client.query('select pg_advisory_lock($1)', [PREPARATION_LOCK]);
  await migrate(database, { migrationsFolder: MIGRATIONS });
  await seed(database);
  await client.query('select pg_advisory_unlock($1)', [PREPARATION_LOCK]);
}
