import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Pool } from 'pg';
import type { StartedPostgres } from '../measure/postgres.js';
import type { Answer, Subject } from './subject.js';

const DIST = new URL('../../../apps/arena/dist/', import.meta.url);

/** An object of arena that reads, such as `Tournaments`. */
type Reader = Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;

interface OpenDatabase {
  readonly database: unknown;
  readonly connections: Pool;
}

/** What arena's queries find rows by. */
const WATCHED = {
  tournaments: ['id', 'venue_id', 'status'],
  venues: ['id'],
  entries: ['tournament_id', 'user_id'],
  notifications: ['user_id'],
  users: ['id'],
  items: ['id', 'seller_id', 'status'],
  offers: ['id', 'item_id', 'bidder_id'],
  agents: ['id', 'user_id'],
  leads: ['user_id'],
  calls: ['user_id'],
};

const ITEMS = 20_000;
const USERS = 200;
const TOURNAMENTS = 1_000;

/** A working day: mostly the telephone system and the counter of views, then what users do, then what organisers do. */
const CHANGES: Subject['changes'] = [
  {
    share: 25,
    tables: ['calls'],
    sql: (pick) => {
      const user = pick.id(20, 8);
      return `insert into calls (user_id, agent_id, outcome, wait_seconds, talk_seconds)
        select ${user}, id, 'answered', ${pick.whole(60)}, 100 from agents where user_id = ${user} limit 1`;
    },
  },
  {
    share: 20,
    tables: ['items'],
    sql: (pick) => `update items set views = views + 1 where id in (${pick.id(ITEMS, 15)}, ${pick.id(ITEMS, 15)})`,
  },
  {
    share: 12,
    tables: ['notifications'],
    sql: (pick) =>
      `insert into notifications (user_id, sender_id, title, body) values (${pick.id(USERS, 8)}, ${pick.id(USERS, 8)}, 'Hello', 'Rematch?')`,
  },
  {
    share: 8,
    tables: ['notifications'],
    sql: (pick) =>
      `update notifications set read_at = now() where id = (select id from notifications where user_id = ${pick.id(USERS, 8)} and read_at is null limit 1)`,
  },
  {
    share: 8,
    tables: ['offers'],
    sql: (pick) =>
      `insert into offers (item_id, bidder_id, amount_cents) values (${pick.id(ITEMS, 15)}, ${pick.id(USERS, 8)}, ${1 + pick.whole(9000)}) on conflict do nothing`,
  },
  {
    share: 4,
    tables: ['offers'],
    sql: (pick) =>
      `update offers set status = 'declined' where id = (select id from offers where status = 'open' and item_id <= ${pick.id(ITEMS, 15)} limit 1)`,
  },
  {
    share: 5,
    tables: ['items'],
    sql: (pick) => `update items set price_cents = ${100 + pick.whole(9000)} where id = ${pick.id(ITEMS, 15)}`,
  },
  {
    share: 4,
    tables: ['items'],
    sql: (pick) =>
      `insert into items (seller_id, title, description, condition, price_cents) values (${pick.id(USERS, 8)}, '${pick.of(['Jump cue', 'Velvet cover', 'Oak rack'])}', 'Good.', 'used', ${100 + pick.whole(9000)})`,
  },
  {
    share: 3,
    tables: ['leads'],
    sql: (pick) =>
      `update leads set status = '${pick.of(['contacted', 'won', 'lost'])}' where id = ${pick.id(400, 50)}`,
  },
  {
    share: 6,
    tables: ['entries'],
    sql: (pick) =>
      `insert into entries (tournament_id, user_id) values (${pick.id(TOURNAMENTS, 15)}, ${pick.id(USERS, 8)}) on conflict do nothing`,
  },
  {
    share: 2,
    tables: ['tournaments'],
    sql: (pick) =>
      `update tournaments set status = '${pick.of(['open', 'running', 'finished'])}' where id = ${pick.id(TOURNAMENTS, 15)}`,
  },
  {
    share: 2,
    tables: ['tournaments'],
    sql: (pick) => `update tournaments set name = 'Cup ${pick.whole(1000)}' where id = ${pick.id(TOURNAMENTS, 15)}`,
  },
  {
    share: 1,
    tables: ['users'],
    sql: (pick) => `update users set name = 'Player ${pick.whole(1000)}' where id = ${pick.id(USERS, 8)}`,
  },
];

/** Arena's own queries on its demo data. Its methods run without their own cache. */
export async function arena(postgres: StartedPostgres): Promise<Subject> {
  const { database, connections } = await opened(postgres.url);
  const answers: Answer[] = [];
  const readerOf = async (path: string) => {
    const name = basename(path).replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const made = (await from(`features/${path}.js`))[name] as new (database: unknown) => Reader;
    const reader = new made(database);
    return (key: Answer['key'], method: string, ...given: readonly unknown[]) => {
      answers.push({ key, load: async () => reader[method]?.(...given) });
    };
  };
  const tournaments = await readerOf('tournaments/tournaments');
  const entries = await readerOf('tournaments/entries/entries');
  const venues = await readerOf('tournaments/venues/venues');
  const notifications = await readerOf('notifications/notifications');
  const items = await readerOf('marketplace/items/items');
  const market = await readerOf('marketplace/mine/my-market');
  const feed = await readerOf('marketplace/feed/feed');
  const profiles = await readerOf('sign-in/users/profiles');
  const teams = await readerOf('call-centre/teams');
  const days = await readerOf('call-centre/calls/call-days');

  const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}`);
  const page = { page: 1, perPage: 20 };
  const today = new Date().toISOString().slice(0, 10);
  for (const status of [undefined, 'upcoming', 'open', 'running', 'finished']) {
    for (const venueId of [undefined, '1', '2', '3'])
      tournaments(['tournaments', `${status}`, `${venueId}`], 'list', { status, venueId, ...page });
  }
  for (const id of ids(15)) {
    tournaments(['tournament', id], 'one', id);
    entries(['entries', id], 'of', id);
    items(['item', id], 'one', id);
    market(['received', id], 'received', id);
  }
  venues(['venues'], 'list');
  for (const id of ids(8)) {
    venues(['venue', id], 'one', id);
    notifications(['notifications', id], 'list', id, page);
    notifications(['unread', id], 'list', id, { unread: true, ...page });
    notifications(['unread-count', id], 'unreadCount', id);
    market(['my-items', id], 'items', id, page);
    market(['my-offers', id], 'offers', id, page);
    profiles(['profile', id], 'many', [id]);
    teams(['team', id], 'of', id);
    teams(['leads', id], 'leads', id);
    days(['calls', id], 'many', [{ userId: id, day: today }]);
  }
  for (const q of [undefined, ['cue'], ['golden', 'trophy'], ['velvet']]) {
    for (const sort of ['newest', 'price']) items(['items', sort, ...(q ?? [])], 'list', { q, sort, ...page });
  }
  feed(['feed'], 'discover', page);
  return { name: 'arena', pool: connections, url: postgres.url, watched: WATCHED, answers, changes: CHANGES };
}

async function opened(databaseUrl: string): Promise<OpenDatabase> {
  const { openDatabase } = (await from('platform/database/open-database.js')) as {
    openDatabase: (options: object, seed: unknown) => Promise<OpenDatabase>;
  };
  const { PROFILES } = (await from('platform/database/profiles.js')) as { PROFILES: { development: object } };
  const { seed } = await from('demo/seed/seed.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'arena-'));
  return openDatabase({ databaseUrl, dataDir, databaseLimits: { ...PROFILES.development, processes: 1 } }, seed);
}

function from(path: string): Promise<Record<string, unknown>> {
  return import(new URL(path, DIST).href);
}
