import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningArena, runArena } from '../support/arena/arena.js';

interface Shown {
  readonly entry: { readonly tier: string; readonly keys: readonly string[]; readonly age: number } | null;
}

let arena: RunningArena;
let [one, other] = ['', ''];

beforeAll(async () => {
  arena = await runArena({ warming: false });
  [one, other] = await Promise.all([arena.signIn(1), arena.signIn(2)]);
}, 60_000);
afterAll(() => arena.close());

const entryOf = async (path: string, token?: string) =>
  (await arena.get<Shown>(`/app/entry?path=${encodeURIComponent(path)}`, token)).body.entry;

const OWN = [
  '/me',
  '/dashboard',
  '/notifications?perPage=20',
  '/notifications/unread-count',
  '/marketplace/my/items',
  '/marketplace/my/offers?page=1&perPage=12',
  '/marketplace/items/530/offers',
  '/v1/products',
];

it.each(OWN)('the entry of %s is shown to its user alone', async (path) => {
  expect(await entryOf(path, one)).toBeNull();
  expect((await arena.get(path, one)).status).toBe(200);
  expect(await entryOf(path, one)).toMatchObject({ tier: 'memory', age: expect.any(Number) });
  expect(await entryOf(path, other)).toBeNull();
  expect(await entryOf(path)).toBeNull();
  expect(await entryOf(path, 'no-token')).toBeNull();
});

it('the entry of a public response is shown to each visitor', async () => {
  await arena.get('/v1/venues/1');
  const shown = await entryOf('/v1/venues/1');
  expect(shown).toMatchObject({ tier: 'memory', keys: ['venue', 'venue:1', 'venue:1:page'] });
  expect(await entryOf('/v1/venues/1', one)).toMatchObject({ tier: 'memory' });
});

it.each(['/nowhere', '/v1/tournaments?perPage=0', '/notifications?perPage=x', '//[', '/admin/flags'])(
  'there is no entry of %s',
  async (path) => {
    expect(await entryOf(path, one)).toBeNull();
  },
);
