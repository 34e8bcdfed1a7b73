import type { Client } from 'pg';
import type { Database } from '../../../libs/larder/src/postgres/session.js';

/** A connection of a test as the library's own. */
export function databaseOf(client: Client): Database {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) =>
      (await client.query(text, values && [...values])).rows as Row[],
  };
}
