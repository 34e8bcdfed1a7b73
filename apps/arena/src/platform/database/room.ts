import type { Client } from 'pg';
import { StartProblem } from '../lifecycle/start-problem.js';
import type { DatabaseLimits } from './profiles.js';

/** Connections of an arena besides its pool: one that owns the embedded server, one of the change feed, one that registers queries. */
const BESIDE_POOL = 3;

interface Room {
  readonly max: number;
  readonly reserved: number;
}

/**
 * Checks at the start, and not under load, that the server allows the connections of all arenas.
 *
 * @throws StartProblem if it does not
 */
export async function checkRoom(client: Client, { poolSize, processes }: DatabaseLimits): Promise<void> {
  // `reserved_connections` exists since PostgreSQL 16.
  const { rows } = await client.query<Room>(`
    select current_setting('max_connections')::int max,
      current_setting('superuser_reserved_connections')::int +
        coalesce(current_setting('reserved_connections', true), '0')::int reserved`);
  const { max, reserved } = rows[0] as Room;
  const wanted = (poolSize + BESIDE_POOL) * processes;
  const room = max - reserved;
  if (wanted <= room) return;
  const each = Math.floor(room / processes) - BESIDE_POOL;
  throw new StartProblem([
    `ARENA_DATABASE_POOL_SIZE is ${poolSize} and ARENA_DATABASE_PROCESSES is ${processes}; together they take ${wanted} ` +
      `connections, ${BESIDE_POOL} beside each pool included, but the server gives ${room} (max_connections ${max}, of which ` +
      `${reserved} are reserved). ` +
      (each > 0 ? `Set the pool size to ${each} or less, or raise max_connections.` : 'Raise max_connections.'),
  ]);
}
