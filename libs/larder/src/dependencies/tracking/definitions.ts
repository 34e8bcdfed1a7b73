import type { Database } from '../../postgres/session.js';

/** Whether the shared entries rest on other definitions: they have changed while no process looked. */
export async function definitionsAreNew(database: Database, name: string, fingerprint: string): Promise<boolean> {
  const [row] = await database.query<{ fingerprint: string }>(
    'select fingerprint from larder.definitions where name = $1',
    [name],
  );
  return row?.fingerprint !== fingerprint;
}

export async function keepDefinitions(database: Database, name: string, fingerprint: string): Promise<void> {
  await database.query(
    `insert into larder.definitions (name, fingerprint) values ($1, $2)
     on conflict (name) do update set fingerprint = excluded.fingerprint`,
    [name, fingerprint],
  );
}
