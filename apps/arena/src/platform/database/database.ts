import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

/** How the areas speak to PostgreSQL; they inject it by {@link DATABASE}. */
export type Database = NodePgDatabase;
export const DATABASE = Symbol('DATABASE');

/** What a transaction gives to its work. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
