import { Client, type ClientConfig, DatabaseError } from 'pg';

/** Held by the session of the arena that owns a server; PostgreSQL releases it when that arena dies. */
const OWNER_LOCK = 4_927_301;
/** How long to wait for another arena on the same folder that is stopping. */
const LOCK_TIMEOUT = '3s';

const LOCK_NOT_AVAILABLE = '55P03';
const INVALID_PASSWORD = '28P01';

/** Another arena owns the server. */
export class ServerTaken extends Error {}

/**
 * Connects to a server and makes this arena its owner while the session lasts.
 *
 * @returns undefined if the server does not answer now, because it is starting or stopping
 * @throws ServerTaken if another running arena owns it
 */
export async function ownerSession(connection: ClientConfig): Promise<Client | undefined> {
  const session = new Client({ ...connection, connectionTimeoutMillis: 5_000 });
  // The running query rejects; without a listener, the error would also end the process.
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
