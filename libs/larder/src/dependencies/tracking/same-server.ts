import { LarderOptionsError } from '../../base/errors.js';
import type { Database } from '../../postgres/session.js';

const SERVER = `select (select oid from pg_catalog.pg_database where datname = current_database()) || ' '
  || extract(epoch from pg_postmaster_start_time()) as server`;

/** @throws LarderOptionsError if two connections lead to different databases: changes of one would not be told by the other */
export async function demandSameServer(feed: Database, application: Database): Promise<void> {
  const [one] = await feed.query<{ server: string }>(SERVER);
  const [other] = await application.query<{ server: string }>(SERVER);
  if (one?.server === other?.server) return;
  throw new LarderOptionsError([
    'the options database and changeFeed.url lead to different databases, and changes of one are not logged in the other; ' +
      'give both the same database, on the primary server',
  ]);
}
