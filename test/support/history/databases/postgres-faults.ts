import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresServer } from '../../servers/postgres-server.js';
import { type Fault, lasting } from '../fault.js';

/** Faults of the database, and of the process that reads its change log. */
export function postgresFaults(server: PostgresServer): readonly Fault[] {
  const end = (who: string) => server.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${who}`);
  return [
    { name: 'reader of the log ended', run: async () => void (await end(`application_name = 'larder change feed'`)) },
    { name: 'connections of Larder ended', run: async () => void (await end(`application_name like 'larder%'`)) },
    {
      name: 'all connections ended',
      run: async () => void (await end('pid <> pg_backend_pid() and datname is not null')),
    },
    heldUp(server),
    {
      name: 'PostgreSQL killed and started again',
      run: async (random) => {
        await server.kill();
        await delay(random.between(0, 1500));
        await server.launchAgain();
      },
    },
  ];
}

/** The log cannot be read for a while; writers do not need what is locked. */
function heldUp(server: PostgresServer): Fault {
  let client: Client | undefined;
  return lasting(
    'reader of the log held up',
    [200, 2000],
    async () => {
      client = new Client({ connectionString: server.url });
      client.on('error', () => {});
      await client.connect();
      await client.query('begin');
      await client.query('lock table larder.state in access exclusive mode');
    },
    () => client?.end().catch(() => {}),
  );
}
