import { type Change, onTable } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from './application.js';

/** The table of the recovery tests; each row is a cached value. */
export const ITEMS = 'create table items (id int primary key, value int not null)';

const keysOf = ({ rows }: Change<'id'>) => rows.map(({ id }) => ['items', id] as const);

export const itemsRule = onTable('items', {
  columns: ['id'],
  // Processes share a reader if the source texts of their rules are equal. Jest and `tsc` compile differently; bound functions have equal texts.
  invalidate: keysOf.bind(undefined),
  covers: [['items']],
});

/** Reads these rows through the cache of an application. */
export async function readItems(application: Application, ids: readonly number[]): Promise<(number | null)[]> {
  const values = await application.readMany('items', ids, 'select id, value from items where id = any($1)');
  return values as (number | null)[];
}

/** Compares every cached value with the database; returns the ids that differ. */
export async function staleItems(application: Application, database: string): Promise<number[]> {
  const client = new Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query<{ id: number; value: number }>('select id, value from items order by id');
  await client.end();
  const cached = await readItems(
    application,
    rows.map(({ id }) => id),
  );
  return rows.filter(({ value }, index) => value !== cached[index]).map(({ id }) => id);
}
