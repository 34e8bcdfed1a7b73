import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

/** The PostgreSQL database of all features, injected by {@link DATABASE}. */
export type Database = NodePgDatabase;
export const DATABASE = Symbol('DATABASE');

export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
