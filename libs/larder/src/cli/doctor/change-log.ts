import { SystemClock } from '../../base/clock.js';
import { findSchema } from '../../change-feed/triggers/catalog.js';
import { type Database, Session } from '../../postgres/session.js';

/** The change log: its size, and how far each reader is. */
export interface LogStatus {
  readonly rows: number;
  /** With its index. */
  readonly bytes: number;
  /** Milliseconds since the oldest row was written; `undefined` without rows. */
  readonly oldest: number | undefined;
  readonly readers: readonly ReaderStatus[];
}

/** A reader of the log: all processes with one name of the feed. */
export interface ReaderStatus {
  readonly name: string;
  /** Milliseconds since it saved its position. */
  readonly idle: number;
  /** Rows that it has not read, counted up to {@link MAX_UNREAD}. */
  readonly unread: number;
  /** Whether rows were deleted that it had not read. */
  readonly hasMissed: boolean;
}

/** No more unread rows than these are counted. */
export const MAX_UNREAD = 10_000;

/** Of connecting and of each query, in milliseconds: all rows of the log are counted. */
const TIMEOUT = 60_000;

/**
 * The size of the change log and how far its readers are; `undefined` if it is not installed.
 *
 * @throws LarderChangeFeedError if a query fails
 */
export async function logStatus(url: string): Promise<LogStatus | undefined> {
  const clock = new SystemClock();
  const session = await Session.open(url, { clock, timeout: TIMEOUT, applicationName: 'larder doctor' });
  try {
    return await findLogStatus(session);
  } finally {
    await session.close();
  }
}

async function findLogStatus(database: Database): Promise<LogStatus | undefined> {
  if ((await findSchema(database)) !== 'ours') return undefined;
  const [log] = await database.query<Omit<LogStatus, 'readers' | 'oldest'> & { oldest: number | null }>(LOG_SIZE);
  const readers = await database.query<ReaderStatus>(READERS, [MAX_UNREAD]);
  const { rows = 0, bytes = 0, oldest = null } = log ?? {};
  return { rows, bytes, oldest: oldest ?? undefined, readers };
}

const LOG_SIZE = `
select count(*)::float8 as rows, pg_total_relation_size('larder.changes')::float8 as bytes,
  extract(epoch from clock_timestamp() - min(at))::float8 * 1000 as oldest
from larder.changes`;

// The condition of hasMissed is the one of the reader's own query (change-log.ts).
const READERS = `
select c.name, extract(epoch from clock_timestamp() - c.saved_at)::float8 * 1000 as idle,
  (select count(*)::int from (
    select from larder.changes l
    where l.xid >= pg_snapshot_xmin(c.read) and not pg_visible_in_snapshot(l.xid, c.read) limit $1) counted) as unread,
  coalesce(s.trimmed >= pg_snapshot_xmax(c.read) or exists (
    select from pg_snapshot_xip(c.read) u where u <= s.trimmed and pg_visible_in_snapshot(u, s.seen)), false) as "hasMissed"
from larder.cursors c cross join larder.state s
order by c.name`;
