import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Item } from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import type { Tournament } from '../../apps/arena/src/features/tournaments/tournament.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

let arena: RunningArena;
let player1: string;
let player2: string;

beforeAll(async () => {
  // Prefetches, and expiry on a slow machine, would add queries to those counted.
  arena = await runArena({ prefetch: false, clock: new FakeClock() });
  [player1, player2] = await Promise.all([arena.signIn(1), arena.signIn(2)]);
}, 60_000);
afterAll(() => arena.close());

/** Every cached route; for routes with filters, one URL for each way in which a write may affect it. */
const ROUTES = {
  'all tournaments': () => arena.get('/v1/tournaments'),
  'all tournaments, page 2': () => arena.get('/v1/tournaments?page=2&perPage=5'),
  'open tournaments': () => arena.get('/v1/tournaments?status=open'),
  'upcoming tournaments': () => arena.get('/v1/tournaments?status=upcoming'),
  'finished tournaments': () => arena.get('/v1/tournaments?status=finished'),
  'tournaments at venue 1': () => arena.get('/v1/tournaments?venueId=1'),
  'open tournaments at venue 1': () => arena.get('/v1/tournaments?status=open&venueId=1'),
  'upcoming tournaments at venue 1': () => arena.get('/v1/tournaments?status=upcoming&venueId=1'),
  'tournaments at venue 2': () => arena.get('/v1/tournaments?venueId=2'),
  'open tournaments at venue 2': () => arena.get('/v1/tournaments?status=open&venueId=2'),
  'upcoming tournaments at venue 2': () => arena.get('/v1/tournaments?status=upcoming&venueId=2'),
  'tournament 1': () => arena.get('/v1/tournaments/1'),
  'tournament 2': () => arena.get('/v1/tournaments/2'),
  'all items': () => arena.get('/marketplace/items'),
  'all items by price, page 2': () => arena.get('/marketplace/items?sort=price&page=2'),
  'items named velvet': () => arena.get('/marketplace/items?q=velvet'),
  'items named trophy': () => arena.get('/marketplace/items?q=Trophy&sort=-price'),
  'items named golden trophy': () => arena.get('/marketplace/items?q=golden%20trophy'),
  'items named cue': () => arena.get('/marketplace/items?q=cue'),
  'the discover feed': () => arena.get('/marketplace/feed?type=discover'),
  'the discover feed, page 3': () => arena.get('/marketplace/feed?type=discover&page=3&perPage=10'),
  'item 1': () => arena.get('/marketplace/items/1'),
  'item 2': () => arena.get('/marketplace/items/2'),
  "player 1's notifications": () => arena.get('/notifications', player1),
  "player 1's unread notifications": () => arena.get('/notifications?unread=true', player1),
  "player 1's read notifications": () => arena.get('/notifications?unread=false', player1),
  "player 1's unread count": () => arena.get('/notifications/unread-count', player1),
  "player 2's notifications": () => arena.get('/notifications', player2),
  "player 2's unread notifications": () => arena.get('/notifications?unread=true', player2),
  "player 2's read notifications": () => arena.get('/notifications?unread=false', player2),
  "player 2's unread count": () => arena.get('/notifications/unread-count', player2),
};
type Route = keyof typeof ROUTES;
const routes = Object.entries(ROUTES) as [Route, () => ReturnType<RunningArena['get']>][];

/** The routes that queried the database. */
async function routesThatQuery(): Promise<Route[]> {
  const querying: Route[] = [];
  for (const [route, ask] of routes) {
    const queries = await arena.queriesOf(async () => expect(await ask()).toMatchObject({ status: 200 }));
    if (queries > 0) querying.push(route);
  }
  return querying;
}

interface Write {
  readonly what: string;
  readonly write: () => ReturnType<RunningArena['send']>;
  readonly answers: number;
  readonly queried: readonly Route[];
}

const LISTS = ['all items', 'all items by price, page 2'] as const;
const FEED = ['the discover feed', 'the discover feed, page 3'] as const;
/** All depend on the rows of one user, whichever of them they show. */
const NOTIFICATIONS_OF_1 = [
  "player 1's notifications",
  "player 1's unread notifications",
  "player 1's read notifications",
  "player 1's unread count",
] as const;
const NOTIFICATIONS_OF_2 = [
  "player 2's notifications",
  "player 2's unread notifications",
  "player 2's read notifications",
  "player 2's unread count",
] as const;
const COVER = { title: 'Velvet cover', description: 'Keeps the dust off.', condition: 'new', priceCents: 4_500 };

/** Of a status and a venue, these depend on the venue: fewer tournaments have one venue than one status. */
const AT_VENUE_1 = [
  'tournaments at venue 1',
  'open tournaments at venue 1',
  'upcoming tournaments at venue 1',
] as const;
const AT_VENUE_2 = [
  'tournaments at venue 2',
  'open tournaments at venue 2',
  'upcoming tournaments at venue 2',
] as const;
const ALL_TOURNAMENTS = ['all tournaments', 'all tournaments, page 2'] as const;

/** In this order: each builds on the earlier ones. */
const WRITES: readonly Write[] = [
  {
    what: 'signing in',
    write: () => arena.send('POST', '/auth/sign-in', undefined, { email: 'player1@arena.test', password: 'arena' }),
    answers: 200,
    queried: [],
  },
  {
    what: 'planning a tournament at venue 2',
    write: () =>
      arena.send('POST', '/v1/tournaments', player1, {
        name: 'Larder Cup',
        venueId: '2',
        discipline: '9-ball',
        startsAt: '2027-08-01T18:00:00Z',
        capacity: 8,
      }),
    answers: 201,
    queried: [...ALL_TOURNAMENTS, 'upcoming tournaments', ...AT_VENUE_2],
  },
  {
    what: 'renaming tournament 1',
    write: () => arena.send('PATCH', '/v1/tournaments/1', player1, { name: 'Renamed Open' }),
    answers: 200,
    queried: [...ALL_TOURNAMENTS, 'open tournaments', ...AT_VENUE_1, 'tournament 1'],
  },
  {
    what: 'giving tournament 1 the name it has',
    write: () => arena.send('PATCH', '/v1/tournaments/1', player1, { name: 'Renamed Open' }),
    answers: 200,
    queried: [],
  },
  {
    what: 'moving tournament 1 from venue 1 to venue 2',
    write: () => arena.send('PATCH', '/v1/tournaments/1', player1, { venueId: '2' }),
    answers: 200,
    queried: [...ALL_TOURNAMENTS, 'open tournaments', ...AT_VENUE_1, ...AT_VENUE_2, 'tournament 1'],
  },
  {
    what: 'entering tournament 1, which the first pages of other lists do not show',
    write: () => arena.send('POST', '/v1/tournaments/1/entries', player2),
    answers: 201,
    queried: ['tournaments at venue 2', 'open tournaments at venue 2', 'tournament 1'],
  },
  {
    what: 'trying to enter it again',
    write: () => arena.send('POST', '/v1/tournaments/1/entries', player2),
    answers: 409,
    queried: [],
  },
  {
    what: 'making tournament 1 an upcoming one again',
    write: () => arena.send('PATCH', '/v1/tournaments/1', player1, { status: 'upcoming' }),
    answers: 200,
    queried: [...ALL_TOURNAMENTS, 'open tournaments', 'upcoming tournaments', ...AT_VENUE_2, 'tournament 1'],
  },
  {
    what: 'trying to change it without being an organiser',
    write: () => arena.send('PATCH', '/v1/tournaments/1', player2, { status: 'open' }),
    answers: 403,
    queried: [],
  },
  {
    what: 'removing the planned tournament',
    write: async () => {
      const { body } = await arena.get<Page<Tournament>>('/v1/tournaments?status=upcoming&venueId=2&perPage=100');
      const planned = body.items.find(({ name }) => name === 'Larder Cup');
      return arena.send('DELETE', `/v1/tournaments/${planned?.id}`, player1);
    },
    answers: 204,
    queried: [...ALL_TOURNAMENTS, 'upcoming tournaments', ...AT_VENUE_2],
  },
  {
    what: 'putting a velvet cover up for sale',
    write: () => arena.send('POST', '/marketplace/items', player1, COVER),
    answers: 201,
    queried: [...LISTS, 'items named velvet', ...FEED],
  },
  {
    // Values that depend on their queries reload for each column that any cached query of the table reads.
    what: 'describing item 2 in other words, which no list shows',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { description: 'Never used in anger.' }),
    answers: 200,
    queried: FEED,
  },
  {
    what: 'giving item 2 another title',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { title: 'Silver trophy' }),
    answers: 200,
    queried: [...LISTS, 'items named trophy', ...FEED],
  },
  {
    what: 'giving item 2 yet another title',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { title: 'Velvet box' }),
    answers: 200,
    queried: [...LISTS, 'items named velvet', 'items named trophy', ...FEED],
  },
  {
    what: 'changing the price of item 2',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { priceCents: 7_700 }),
    answers: 200,
    queried: [...LISTS, 'items named velvet', ...FEED],
  },
  {
    what: "failing to change another player's item, which is refused before anything is written",
    write: () => arena.send('PATCH', '/marketplace/items/2', player2, { priceCents: 1 }),
    answers: 403,
    queried: [],
  },
  {
    what: 'making an offer on item 2',
    write: () => arena.send('POST', '/marketplace/items/2/offers', player2, { amountCents: 5_000 }),
    answers: 201,
    queried: ['item 2', ...NOTIFICATIONS_OF_1],
  },
  {
    what: 'taking item 2 off the market',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { status: 'withdrawn' }),
    answers: 200,
    queried: [...LISTS, 'items named velvet', ...FEED],
  },
  {
    what: 'changing the price of item 2 while it is in no list',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { priceCents: 8_800 }),
    answers: 200,
    queried: [],
  },
  {
    what: 'bringing item 2 back under another title',
    write: () => arena.send('PATCH', '/marketplace/items/2', player1, { status: 'available', title: 'Oak rack' }),
    answers: 200,
    queried: [...LISTS, ...FEED],
  },
  {
    what: 'player 1 sending player 2 a notification',
    write: () => arena.send('POST', '/notifications', player1, { userId: '2', title: 'Hello', body: 'Rematch?' }),
    answers: 201,
    queried: NOTIFICATIONS_OF_2,
  },
  {
    what: 'player 1 reading a notification',
    write: () => arena.send('POST', '/notifications/1/read', player1),
    answers: 200,
    queried: NOTIFICATIONS_OF_1,
  },
  {
    what: 'player 1 reading it again',
    write: () => arena.send('POST', '/notifications/1/read', player1),
    answers: 200,
    queried: [],
  },
  {
    what: "player 2 trying to read player 1's notification",
    write: () => arena.send('POST', '/notifications/1/read', player2),
    answers: 404,
    queried: [],
  },
];

describe('reading', () => {
  it.each(routes)('%s: the second response needs no query and is the same', async (_, ask) => {
    const first = await ask();
    let second: Awaited<ReturnType<typeof ask>> | undefined;
    expect(await arena.queriesOf(async () => (second = await ask()))).toBe(0);
    // Each request for an item raises its number of views.
    expect({ ...(second?.body as object), views: 0 }).toEqual({ ...(first.body as object), views: 0 });
  });

  it('shares one load between simultaneous requests', async () => {
    const ask = () => arena.get('/v1/tournaments?perPage=7');
    const alone = await arena.queriesOf(() => arena.get('/v1/tournaments?perPage=8'));
    expect(await arena.queriesOf(() => Promise.all(Array.from({ length: 20 }, ask)))).toBe(alone);
  });

  it('finds the same entry for any order of parameters and any spelling of a search', async () => {
    await arena.get('/marketplace/items?q=break+cue&sort=price');
    expect(await arena.queriesOf(() => arena.get('/marketplace/items?sort=price&q=CUE,%20Break'))).toBe(0);
  });

  it('does not cache a 404', async () => {
    const ask = () => arena.get('/v1/tournaments/999999');
    expect(await arena.queriesOf(async () => expect(await ask()).toMatchObject({ status: 404 }))).toBe(1);
    expect(await arena.queriesOf(ask)).toBe(1);
  });

  it('refuses a request before it reads the cache', async () => {
    await arena.get('/notifications', player1);
    expect(await arena.get('/notifications')).toMatchObject({ status: 401 });
    expect(await arena.get('/v1/tournaments/01')).toMatchObject({ status: 400 });
  });
});

describe('writing', () => {
  // Requesting every route after a write caches every route for the next write.
  beforeAll(async () => {
    await routesThatQuery();
    expect(await routesThatQuery()).toEqual([]);
  });

  it.each(WRITES)('$what: exactly the affected routes query again', async ({ write, answers, queried }) => {
    expect(await write()).toMatchObject({ status: answers });
    await arena.feedHasRead();
    expect(await routesThatQuery()).toEqual(queried);
  });

  it('shows the new value of a write-through at once, without a query', async () => {
    await arena.send('PATCH', '/marketplace/items/2', player1, { title: 'Written through' });
    const queries = await arena.queriesOf(async () => {
      expect((await arena.get<Item>('/marketplace/items/2')).body.title).toBe('Written through');
    });
    expect(queries).toBe(0);
  });
});
