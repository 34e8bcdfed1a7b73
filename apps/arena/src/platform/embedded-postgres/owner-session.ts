import { Client, type ClientConfig, DatabaseError } from 'pg';

/** Held by the session of the arena that a server belongs to; PostgreSQL gives it up when that arena dies. */
const OWNER_LOCK = 4_927_301;
/** How long an arena on the same folder may take to stop, if it is about to. */
const LOCK_TIMEOUT = '3s';

const LOCK_NOT_AVAILABLE = '55P03';
const INVALID_PASSWORD = '28P01';

/** Another arena owns the server. */
export class ServerTaken extends Error {}

/**
 * Connects to a server and makes it this arena's own for as long as the session lasts.
 *
 * @returns undefined if the server does not answer now: it is about to start or to stop
 * @throws ServerTaken if it belongs to another arena, which lives
 */
export async function ownerSession(connection: ClientConfig): Promise<Client | undefined> {
  const session = new Client({ ...connection, connectionTimeoutMillis: 5_000 });
  // Told to whoever awaits a query; without a listener it would end the process besides.
  session.on('error', () => {});
  try {
    await session.connect();
    await session.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
    await session.query('select pg_advisory_lock($1)', [OWNER_LOCK]);
    return session;
  } catch (error) {
    await session.end().catch(() => {});
    if (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE) throw new ServerTaken();
    if (error instanceof DatabaseError && error.code === INVALID_PASSWORD) throw error;
    return undefined;
  }
}
