import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { DEFAULT_DATA_DIR } from '../../platform/config/data-dir.js';
import { findPostmaster } from '../../platform/embedded-postgres/postmaster.js';
import { clusterOf, passwordFileOf } from '../../platform/embedded-postgres/server-home.js';

/** The database does not run. */
export class NoDatabase extends Error {}

/**
 * The database that arena uses: the one at `DATABASE_URL`, else the embedded one, which runs while arena runs.
 *
 * @throws NoDatabase if the embedded one does not run
 */
export async function databaseAddress(env: Readonly<Record<string, string | undefined>>): Promise<ClientConfig> {
  if (env.DATABASE_URL) return { connectionString: env.DATABASE_URL };
  const dataDir = env.ARENA_DATA_DIR || DEFAULT_DATA_DIR;
  const home = await realpath(join(dataDir, 'postgres')).catch(() => undefined);
  const server = home && (await findPostmaster(clusterOf(home)));
  if (!server) throw new NoDatabase(`No arena runs on ${dataDir}. Start it first: npm start`);
  const password = await readFile(passwordFileOf(home), 'utf8');
  return { host: '127.0.0.1', port: server.port, user: 'arena', password, database: 'postgres' };
}
