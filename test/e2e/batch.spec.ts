import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Item, item, type ViewedItem } from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import { type Profile, profile } from '../../apps/arena/src/features/sign-in/users/profile.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';

let arena: RunningArena;
let database: SideDoor;

beforeAll(async () => {
  // Without the change feed: this spec changes rows so that loaded ones show the change and cached ones do not.
  // Without warming: only a test's own request may wait for its lock.
  arena = await runArena({ changeFeed: false, warming: false });
  database = await SideDoor.open(arena.dataDir);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

type What = 'users' | 'products';

/** Parameter and response of a batch. */
const bodyOf = (what: What, ids: unknown) => ({ [what === 'users' ? 'user_ids' : 'product_ids']: ids });
const send = <Body>(what: What, body: unknown) => arena.send<Body>('POST', `/api/v1/batch/${what}`, undefined, body);
const ask = <Item>(what: What, ids: readonly unknown[]) => send<Item[]>(what, bodyOf(what, ids));
const products = async (ids: readonly string[]) => (await ask<Item>('products', ids)).body;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe.each<What>(['users', 'products'])('a batch of %s', (what) => {
  // First, because all existing users are cached after it.
  it('queries the database once, for the uncached ids alone', async () => {
    const table = what === 'users' ? 'users' : 'items';
    const name = what === 'users' ? 'name' : 'title';
    await ask(what, range(41, 110));
    await database.run(`update ${table} set ${name} = 'Changed behind' where id between 41 and 140`);
    let body: Record<string, string>[] | undefined;
    const queries = await arena.queriesOf(async () => {
      ({ body } = await ask<Record<string, string>>(what, range(41, 140)));
    });
    expect(queries).toBe(1);
    const loaded = body?.filter((one) => one[name] === 'Changed behind').map(({ id }) => id);
    expect(loaded).toEqual(range(111, 140));
    expect(await arena.queriesOf(() => ask(what, range(41, 140)))).toBe(0);
  });

  it('returns what it found in the order of the ids, each once, and lists the missing ids', async () => {
    const ids = ['3', '987654321', '1', '2', '1', '987654322', '3'];
    const { status, body, headers } = await ask<{ id: string }>(what, ids);
    expect(status).toBe(200);
    expect(body.map(({ id }) => id)).toEqual(['3', '1', '2']);
    expect(headers.get('x-missing')).toBe('987654321,987654322');
  });

  it('responds with an empty list when none of the ids exists', async () => {
    const { status, body, headers } = await ask(what, ['987654323']);
    expect([status, body, headers.get('x-missing')]).toEqual([200, [], '987654323']);
  });

  it.each([
    ['words', ['1', 'abc'], 'abc'],
    ['SQL', ['1', "1'; drop table users; --"], "1'%3B%20drop%20table%20users%3B%20--"],
    ['more digits than a bigint has', ['1', '1'.repeat(30)], '1'.repeat(30)],
    ['nothing', ['', '1'], ''],
    ['letters of elsewhere, commas and line ends', ['ü,\r\n\ud800', '1'], '%C3%BC%2C%0D%0A%EF%BF%BD'],
  ])('takes %s for ids, and does not find them', async (_, ids, missing) => {
    const { status, body, headers } = await ask<{ id: string }>(what, ids);
    expect([status, body.map(({ id }) => id), headers.get('x-missing')]).toEqual([200, ['1'], missing]);
  });

  it('lists as many missing ids as a header can hold', async () => {
    const { status, headers } = await ask(
      what,
      range(1, 200).map((id) => `${id}-${'x'.repeat(100)}`),
    );
    expect(status).toBe(200);
    expect(headers.get('x-missing')?.length).toBeLessThanOrEqual(4000);
    expect(headers.get('x-missing')?.split(',').length).toBeGreaterThan(30);
  });

  it('accepts at most 200 ids', async () => {
    expect((await ask(what, range(1, 200))).body).toHaveLength(200);
    const queries = await arena.queriesOf(async () => {
      expect(await ask(what, range(1, 201))).toMatchObject({
        status: 400,
        body: {
          type: 'tag:arena.test,2026:invalid-request',
          errors: [{ in: 'body', field: Object.keys(bodyOf(what, []))[0] }],
        },
      });
    });
    expect(queries).toBe(0);
  });

  it.each([
    ['no ids', (of: (ids: unknown) => object) => of([])],
    ['nothing', () => ({})],
    ['another name', () => ({ ids: ['1'] })],
    ['a text for ids', (of: (ids: unknown) => object) => of('1,2')],
    ['numbers', (of: (ids: unknown) => object) => of([1])],
    ['null', (of: (ids: unknown) => object) => of([null])],
    ['another field', (of: (ids: unknown) => object) => ({ ...of(['1']), fields: ['email'] })],
  ])('takes no %s', async (_, make) => {
    expect(
      await send(
        what,
        make((ids) => bodyOf(what, ids)),
      ),
    ).toMatchObject({
      status: 400,
      body: { type: 'tag:arena.test,2026:invalid-request' },
    });
  });
});

describe('users', () => {
  it('have only their public fields', async () => {
    const { body } = await ask<Profile>('users', range(1, 200));
    expect(profile.strict().array().parse(body)).toEqual(body);
    expect(body[0]).toMatchObject({ id: '1', organiser: true });
    expect(JSON.stringify(body)).not.toMatch(/@|arena\.test|hash|password|scrypt/i);
  });
});

describe('products', () => {
  it('equal the pages of the single products', async () => {
    const body = await products(['20', '21']);
    expect(item.strict().array().parse(body)).toEqual(body);
    const { views, ...shown } = (await arena.get<ViewedItem>('/marketplace/items/20')).body;
    expect(views).toBe(1);
    expect(body[0]).toEqual(shown);
  });

  it('show a change at once, and query nothing that did not change', async () => {
    const seller = await arena.signIn(1);
    const ids = range(2, 31);
    await products(ids);
    await arena.send('PATCH', '/marketplace/items/2', seller, { priceCents: 12_300 });
    await database.run("update items set title = 'Only behind' where id between 2 and 31");
    let body: Item[] | undefined;
    expect(await arena.queriesOf(async () => (body = await products(ids)))).toBe(1);
    expect(body?.[0]).toMatchObject({ title: 'Only behind', priceCents: 12_300 });
    expect(body?.slice(1).map(({ title }) => title)).not.toContain('Only behind');
  });

  it('show an offer at once', async () => {
    const [before] = await products(['1']);
    const amountCents = before?.priceCents;
    expect(
      await arena.send('POST', '/marketplace/items/1/offers', await arena.signIn(2), { amountCents }),
    ).toMatchObject({
      status: 201,
    });
    expect((await products(['1']))[0]?.offers.bestCents).toBe(amountCents);
  });

  it('that do not exist stay a 404 on their own pages, also while a batch looks for them', async () => {
    await database.whileLocked('items', async () => {
      const inBatch = products(['987654324']);
      await database.untilAQueryWaits();
      const alone = arena.get('/marketplace/items/987654324');
      await database.run('rollback; begin');
      expect(await alone).toMatchObject({ status: 404 });
      expect(await inBatch).toEqual([]);
    });
  });
});
