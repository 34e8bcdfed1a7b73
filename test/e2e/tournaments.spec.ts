import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EntryList, entryList } from '../../apps/arena/src/features/tournaments/entries/entry.schemas.js';
import {
  type Tournament,
  tournament,
  tournamentPage,
} from '../../apps/arena/src/features/tournaments/tournament.schemas.js';
import {
  type VenueList,
  type VenueWithTournaments,
  venueList,
  venueWithTournaments,
} from '../../apps/arena/src/features/tournaments/venues/venue.schemas.js';
import type { ProblemDetails } from '../../apps/arena/src/platform/http/problems/problem.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

let arena: RunningArena;
let organiser: string;
let player: string;

beforeAll(async () => {
  arena = await runArena();
  [organiser, player] = await Promise.all([arena.signIn(1), arena.signIn(2)]);
}, 60_000);
afterAll(() => arena.close());

const PLAN = {
  name: 'Larder Cup',
  venueId: '3',
  discipline: '10-ball',
  status: 'open',
  startsAt: '2027-08-01T20:00:00+02:00',
  capacity: 5,
  entryFeeCents: 1_000,
};

const list = (query = '') => arena.get<Page<Tournament>>(`/v1/tournaments${query}`);
const plan = async (plan: object = PLAN) =>
  (await arena.send<Tournament>('POST', '/v1/tournaments', organiser, plan)).body;
const namesIn = async (id: string) =>
  (await arena.get<EntryList>(`/v1/tournaments/${id}/entries`)).body.entries.map(({ player }) => player.name);
const type = (name: string) => `tag:arena.test,2026:${name}`;

describe('the list', () => {
  it('matches its schema, with no other fields', async () => {
    const { status, headers, body } = await list();
    expect([status, headers.get('Content-Type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(tournamentPage.parse(body)).toEqual(body);
    expect(body).toMatchObject({ page: 1, perPage: 20, total: 1_000 });
  });

  it('shows all of them page by page, the latest first', async () => {
    const pages = await Promise.all(Array.from({ length: 10 }, (_, page) => list(`?perPage=100&page=${page + 1}`)));
    const items = pages.flatMap(({ body }) => body.items);
    expect(new Set(items.map(({ id }) => id)).size).toBe(1_000);
    const starts = items.map(({ startsAt }) => startsAt);
    expect(starts).toEqual([...starts].sort().reverse());
  });

  it('is empty past the last page', async () => {
    expect((await list('?page=1000000')).body).toEqual({ items: [], page: 1_000_000, perPage: 20, total: 1_000 });
  });

  it('is filtered by status, by venue and by both', async () => {
    const { body: all } = await list('?venueId=7&perPage=100');
    const { body: open } = await list('?venueId=7&status=open&perPage=100');
    expect(all.items.every(({ venue }) => venue.id === '7')).toBe(true);
    expect(all.total).toBe(all.items.length);
    expect(open.items).toEqual(all.items.filter(({ status }) => status === 'open'));
    expect((await list('?status=running')).body.items.every(({ status }) => status === 'running')).toBe(true);
  });

  it('names every invalid parameter', async () => {
    const { status, body } = await arena.get<ProblemDetails>(
      '/v1/tournaments?status=maybe&venueId=x&page=0&perPage=101&sort=name',
    );
    expect(status).toBe(400);
    expect(body.errors?.map(({ in: place, field }) => `${place} ${field}`).sort()).toEqual([
      'query page',
      'query perPage',
      'query sort',
      'query status',
      'query venueId',
    ]);
  });

  it.each([
    'page=',
    'page=1.5',
    'page=1&page=2',
    'page=NaN',
    'page=1e99',
    'perPage[]=3',
    'venueId=1;drop',
    'status=%00',
  ])('takes no %s', async (query) => {
    expect((await list(`?${query}`)).status).toBe(400);
  });
});

describe('the lists with a tournament', () => {
  const LISTS = [
    '',
    '?status=open',
    '?status=upcoming',
    '?venueId=3',
    '?venueId=4',
    '?status=open&venueId=3',
    '?status=upcoming&venueId=4',
  ];
  /** Its entries in each list that shows it. */
  const entriesOf = async (id: string) => {
    const pages = await Promise.all(LISTS.map((query) => list(query)));
    return pages.map(({ body }) => body.items.find((item) => item.id === id)?.entries);
  };

  it('show it at once, with its entries, move it, and omit it when it is removed', async () => {
    const none = LISTS.map(() => undefined);
    expect(await entriesOf('0')).toEqual(none);
    const { id } = await plan({ ...PLAN, startsAt: '2037-08-01T20:00:00Z' });
    expect(await entriesOf(id)).toEqual([0, 0, undefined, 0, undefined, 0, undefined]);
    await arena.send('POST', `/v1/tournaments/${id}/entries`, player);
    expect(await entriesOf(id)).toEqual([1, 1, undefined, 1, undefined, 1, undefined]);
    await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { venueId: '4', status: 'upcoming' });
    expect(await entriesOf(id)).toEqual([1, undefined, 1, undefined, 1, undefined, 1]);
    await arena.send('DELETE', `/v1/tournaments/${id}`, organiser);
    expect(await entriesOf(id)).toEqual(none);
  });
});

describe('a tournament', () => {
  it('matches its schema', async () => {
    const { body } = await arena.get<Tournament>('/v1/tournaments/1');
    expect(tournament.parse(body)).toEqual(body);
    expect(body).toMatchObject({ id: '1', status: 'open', venue: { id: '1' } });
  });

  it('is a 404 for an unknown id, and a 400 for an invalid one', async () => {
    expect(await arena.get('/v1/tournaments/999999999999999999')).toMatchObject({
      status: 404,
      body: { type: 'about:blank', detail: 'There is no tournament 999999999999999999.' },
    });
    for (const id of [
      'not-an-id',
      '0',
      '-1',
      '01',
      '1.0',
      '1e3',
      '9'.repeat(19),
      '9'.repeat(400),
      '%00',
      '%27',
      '１',
    ]) {
      const { status, body } = await arena.get<ProblemDetails>(`/v1/tournaments/${id}`);
      expect([id, status, body.errors?.[0]?.field]).toEqual([id, 400, 'id']);
    }
  });
});

describe('planning', () => {
  it('returns the new tournament, which exists from then on', async () => {
    const { status, body } = await arena.send<Tournament>('POST', '/v1/tournaments', organiser, PLAN);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'Larder Cup',
      discipline: '10-ball',
      status: 'open',
      startsAt: '2027-08-01T18:00:00.000Z',
      venue: { id: '3', name: expect.any(String), city: expect.any(String) },
      capacity: 5,
      entries: 0,
      entryFeeCents: 1_000,
    });
    expect((await arena.get(`/v1/tournaments/${body.id}`)).body).toEqual(body);
  });

  it('needs no status and no fee', async () => {
    const { status, entryFeeCents, ...needed } = PLAN;
    expect(await plan(needed)).toMatchObject({ status: 'upcoming', entryFeeCents: 0 });
  });

  it('is reserved to organisers', async () => {
    expect(await arena.send('POST', '/v1/tournaments', undefined, PLAN)).toMatchObject({ status: 401 });
    expect(await arena.send('POST', '/v1/tournaments', player, PLAN)).toMatchObject({ status: 403 });
  });

  it('names every invalid field', async () => {
    const { body } = await arena.send<ProblemDetails>('POST', '/v1/tournaments', organiser, {
      ...PLAN,
      name: 'x'.repeat(121),
      venueId: 3,
      startsAt: 'tomorrow',
      capacity: 1,
      entryFeeCents: 0.5,
      prize: 'a trophy',
    });
    expect(body.errors?.map(({ field }) => field).sort()).toEqual([
      'capacity',
      'entryFeeCents',
      'name',
      'prize',
      'startsAt',
      'venueId',
    ]);
  });

  it('needs an existing venue', async () => {
    const answer = await arena.send('POST', '/v1/tournaments', organiser, { ...PLAN, venueId: '4711' });
    expect(answer).toMatchObject({ status: 422, body: { type: type('no-such-venue') } });
  });
});

describe('changing', () => {
  it('changes the sent fields and keeps the others', async () => {
    const before = await plan();
    const { body } = await arena.send<Tournament>('PATCH', `/v1/tournaments/${before.id}`, organiser, { venueId: '9' });
    expect(body).toEqual({ ...before, venue: expect.objectContaining({ id: '9' }) });
    expect((await arena.send('PATCH', `/v1/tournaments/${before.id}`, organiser, {})).body).toEqual(body);
    expect((await arena.get(`/v1/tournaments/${before.id}`)).body).toEqual(body);
  });

  it('cannot reduce the capacity below the number of entries', async () => {
    const { id } = await plan();
    await Promise.all(
      [2, 3, 4].map(async (n) => arena.send('POST', `/v1/tournaments/${id}/entries`, await arena.signIn(n))),
    );
    const answer = await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { capacity: 2 });
    expect(answer).toMatchObject({ status: 409, body: { type: type('too-many-entries') } });
    expect(await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { capacity: 3 })).toMatchObject({
      status: 200,
    });
  });

  it('responds 404, 422 or 403 where it is impossible', async () => {
    const change = (id: string, token: string, changes: object) =>
      arena.send('PATCH', `/v1/tournaments/${id}`, token, changes).then(({ status }) => status);
    expect(await change('999999', organiser, { name: 'x' })).toBe(404);
    expect(await change('2', organiser, { venueId: '4711' })).toBe(422);
    expect(await change('2', player, { name: 'x' })).toBe(403);
  });
});

describe('removing', () => {
  it('removes it with its entries, once', async () => {
    const { id } = await plan();
    await arena.send('POST', `/v1/tournaments/${id}/entries`, player);
    expect(await arena.send('DELETE', `/v1/tournaments/${id}`, organiser)).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(await arena.get(`/v1/tournaments/${id}`)).toMatchObject({ status: 404 });
    expect(await arena.send('DELETE', `/v1/tournaments/${id}`, organiser)).toMatchObject({ status: 404 });
  });
});

describe('entering', () => {
  it('admits a player once', async () => {
    const { id } = await plan();
    const enter = () => arena.send<Tournament>('POST', `/v1/tournaments/${id}/entries`, player);
    expect((await arena.get<Tournament>(`/v1/tournaments/${id}`)).body.entries).toBe(0);
    expect(await enter()).toMatchObject({ status: 201, body: { id, entries: 1 } });
    expect(await enter()).toMatchObject({ status: 409, body: { type: type('already-entered') } });
    expect((await arena.get<Tournament>(`/v1/tournaments/${id}`)).body.entries).toBe(1);
  });

  it.each(['upcoming', 'running', 'finished', 'cancelled'])('admits no player when it is %s', async (status) => {
    const { id } = await plan({ ...PLAN, status });
    const answer = await arena.send('POST', `/v1/tournaments/${id}/entries`, player);
    expect(answer).toMatchObject({ status: 409, body: { type: type('tournament-not-open') } });
  });

  it('admits as many players as there are places, also with simultaneous entries', async () => {
    const { id } = await plan();
    const tokens = await Promise.all(Array.from({ length: 25 }, (_, index) => arena.signIn(index + 3)));
    const answers = await Promise.all(
      tokens.map((token) => arena.send<ProblemDetails>('POST', `/v1/tournaments/${id}/entries`, token)),
    );
    const refused = answers.filter(({ status }) => status === 409);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(refused.map(({ body }) => body.type)).toEqual(Array(20).fill(type('tournament-full')));
    expect((await arena.get<Tournament>(`/v1/tournaments/${id}`)).body.entries).toBe(5);
  });

  it('admits a player once, also with simultaneous entries of the same player', async () => {
    const { id } = await plan();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => arena.send('POST', `/v1/tournaments/${id}/entries`, player)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });
});

describe('withdrawing', () => {
  const withdraw = (id: string, token = player) =>
    arena.send<Tournament>('DELETE', `/v1/tournaments/${id}/entries`, token);

  it('frees the place, once, while the tournament is open', async () => {
    const { id } = await plan();
    await arena.send('POST', `/v1/tournaments/${id}/entries`, player);
    expect(await namesIn(id)).toHaveLength(1);
    expect(await withdraw(id)).toMatchObject({ status: 200, body: { id, entries: 0 } });
    expect(await namesIn(id)).toEqual([]);
    expect((await arena.get<Tournament>(`/v1/tournaments/${id}`)).body.entries).toBe(0);
    expect(await withdraw(id)).toMatchObject({ status: 409, body: { type: type('not-entered') } });
    await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { status: 'running' });
    expect(await withdraw(id)).toMatchObject({ status: 409, body: { type: type('tournament-not-open') } });
    expect(await withdraw(id, '')).toMatchObject({ status: 401 });
  });

  it('gives the last place to one of those who want it at once', async () => {
    const { id } = await plan({ ...PLAN, capacity: 2 });
    const [leaving, staying, ...others] = await Promise.all([2, 3, 4, 5, 6].map((n) => arena.signIn(n)));
    for (const token of [leaving, staying]) await arena.send('POST', `/v1/tournaments/${id}/entries`, token);
    const [left, ...answers] = await Promise.all([
      withdraw(id, leaving),
      ...others.map((token) => arena.send('POST', `/v1/tournaments/${id}/entries`, token)),
    ]);
    const admitted = answers.filter(({ status }) => status === 201);
    expect(left?.status).toBe(200);
    expect(admitted.length).toBeLessThanOrEqual(1);
    expect(await namesIn(id)).toHaveLength(1 + admitted.length);
  });
});

describe('the players of a tournament', () => {
  it('match their schema, and are read from the cache', async () => {
    const ask = () => arena.get<EntryList>('/v1/tournaments/8/entries');
    const { body } = await ask();
    expect(entryList.parse(body)).toEqual(body);
    expect(body.entries.map(({ place }) => place)).toEqual(body.entries.map((_, index) => index + 1));
    expect(await arena.queriesOf(ask)).toBe(0);
    expect(await arena.get('/v1/tournaments/999999/entries')).toMatchObject({ status: 404 });
  });

  it('get their places when an organiser finishes it', async () => {
    const { id } = await plan();
    const tokens = await Promise.all([2, 3, 4].map((n) => arena.signIn(n)));
    for (const token of tokens) await arena.send('POST', `/v1/tournaments/${id}/entries`, token);
    const finish = (places: string[], token = organiser) =>
      arena.send<Tournament>('POST', `/v1/tournaments/${id}/results`, token, { places });
    expect(await finish(['4'])).toMatchObject({ status: 409, body: { type: type('tournament-not-running') } });
    await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { status: 'running' });
    await namesIn(id);
    expect(await finish(['4', '9'])).toMatchObject({ status: 422, body: { type: type('unknown-player') } });
    expect(await finish(['4', '4'])).toMatchObject({ status: 400 });
    expect(await finish(['4'], player)).toMatchObject({ status: 403 });
    const latest = async () =>
      (await arena.get<Page<{ title: string }>>('/notifications?perPage=1', tokens[2])).body.items[0]?.title;
    expect(await latest()).not.toBe('You won');
    expect(await finish(['4', '2'])).toMatchObject({ status: 200, body: { status: 'finished' } });
    expect(await latest()).toBe('You won');
    const { body } = await arena.get<EntryList>(`/v1/tournaments/${id}/entries`);
    expect(body.entries.map(({ player: { id }, place }) => [id, place])).toEqual([
      ['4', 1],
      ['2', 2],
      ['3', null],
    ]);
    await finish(['2', '4', '3']);
    expect((await arena.get<EntryList>(`/v1/tournaments/${id}/entries`)).body.entries[0]?.player.id).toBe('2');
  });
});

describe('venues', () => {
  it('are listed by city, with their tables', async () => {
    const { body } = await arena.get<VenueList>('/v1/venues');
    expect(venueList.parse(body)).toEqual(body);
    expect(body.venues).toHaveLength(40);
    expect(await arena.queriesOf(() => arena.get('/v1/venues'))).toBe(0);
  });

  it('show their next tournaments, and follow each change of one', async () => {
    const ask = async () => (await arena.get<VenueWithTournaments>('/v1/venues/33')).body;
    const before = await ask();
    expect(venueWithTournaments.parse(before)).toEqual(before);
    expect(await arena.get('/v1/venues/4711')).toMatchObject({ status: 404 });
    const { id } = await plan({ ...PLAN, venueId: '33', startsAt: '2020-01-01T18:00:00Z' });
    expect((await ask()).tournaments[0]).toMatchObject({ id, name: 'Larder Cup', status: 'open' });
    await arena.send('PATCH', `/v1/tournaments/${id}`, organiser, { name: 'Renamed Cup' });
    expect((await ask()).tournaments[0]).toMatchObject({ id, name: 'Renamed Cup' });
    await arena.send('DELETE', `/v1/tournaments/${id}`, organiser);
    expect(await ask()).toEqual(before);
  });
});
