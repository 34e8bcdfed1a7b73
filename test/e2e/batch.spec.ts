import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Batch, batchSchemaOf } from '../../apps/arena/src/features/batch/batch.js';
import { type Item, item, type ViewedItem } from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import { type Profile, profile } from '../../apps/arena/src/features/sign-in/users/profile.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';

let arena: RunningArena;
let database: SideDoor;

beforeAll(async () => {
  arena = await runArena();
  database = await SideDoor.open(arena.dataDir);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

const ask = <Body>(what: string, body: unknown) => arena.send<Body>('POST', `/api/v1/batch/${what}`, undefined, body);
const products = async (ids: readonly string[]) => (await ask<Batch<Item>>('products', { ids })).body;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe.each(['users', 'products'])('a batch of %s', (what) => {
  // First, as all users there are will be known after it.
  it('asks the database once for what is not known, and for that alone', async () => {
    const table = what === 'users' ? 'users' : 'items';
    const name = what === 'users' ? 'name' : 'title';
    await ask(what, { ids: range(41, 110) });
    await database.run(`update ${table} set ${name} = 'Changed behind' where id between 41 and 140`);
    let body: Batch<Record<string, string>> | undefined;
    const queries = await arena.queriesOf(async () => {
      ({ body } = await ask<Batch<Record<string, string>>>(what, { ids: range(41, 140) }));
    });
    expect(queries).toBe(1);
    const loaded = body?.items.filter((one) => one[name] === 'Changed behind').map(({ id }) => id);
    expect(loaded).toEqual(range(111, 140));
    expect(await arena.queriesOf(() => ask(what, { ids: range(41, 140) }))).toBe(0);
  });

  it('answers what was found in the order of the ids, each once, and tells which there are not', async () => {
    const ids = ['3', '987654321', '1', '2', '1', '987654322', '3'];
    const { status, body } = await ask<Batch<{ id: string }>>(what, { ids });
    expect(status).toBe(200);
    expect(body.items.map(({ id }) => id)).toEqual(['3', '1', '2']);
    expect(body.missing).toEqual(['987654321', '987654322']);
  });

  it('is answered, though there is none of it', async () => {
    expect(await ask(what, { ids: ['987654323'] })).toMatchObject({
      status: 200,
      body: { items: [], missing: ['987654323'] },
    });
  });

  it('takes 200 ids and no more', async () => {
    expect((await ask<Batch<unknown>>(what, { ids: range(1, 200) })).body.items).toHaveLength(200);
    const queries = await arena.queriesOf(async () => {
      expect(await ask(what, { ids: range(1, 201) })).toMatchObject({
        status: 400,
        body: { type: 'tag:arena.test,2026:invalid-request', errors: [{ in: 'body', field: 'ids' }] },
      });
    });
    expect(queries).toBe(0);
  });

  it.each([
    ['no ids', { ids: [] }],
    ['nothing', {}],
    ['a text for ids', { ids: '1,2' }],
    ['numbers', { ids: [1] }],
    ['a word', { ids: ['1', 'abc'] }],
    ['SQL', { ids: ["1'; drop table users; --"] }],
    ['more digits than a bigint has', { ids: ['1'.repeat(19)] }],
    ['null', { ids: [null] }],
    ['another field', { ids: ['1'], fields: ['email'] }],
  ])('takes no %s', async (_, body) => {
    expect(await ask(what, body)).toMatchObject({
      status: 400,
      body: { type: 'tag:arena.test,2026:invalid-request' },
    });
  });
});

describe('users', () => {
  it('are shown as everybody may see them, and nothing of them besides', async () => {
    const { body } = await ask<Batch<Profile>>('users', { ids: range(1, 200) });
    expect(batchSchemaOf(profile.strict()).strict().parse(body)).toEqual(body);
    expect(body.items[0]).toMatchObject({ id: '1', organiser: true });
    expect(JSON.stringify(body)).not.toMatch(/@|arena\.test|hash|password|scrypt/i);
  });
});

describe('products', () => {
  it('are what their own pages show', async () => {
    const body = await products(['20', '21']);
    expect(batchSchemaOf(item.strict()).strict().parse(body)).toEqual(body);
    const { views, ...shown } = (await arena.get<ViewedItem>('/marketplace/items/20')).body;
    expect(views).toBe(1);
    expect(body.items[0]).toEqual(shown);
  });

  it('show a change at once, and ask for nothing that was not changed', async () => {
    const seller = await arena.signIn(1);
    const ids = range(2, 31);
    await products(ids);
    await arena.send('PATCH', '/marketplace/items/2', seller, { priceCents: 12_300 });
    await database.run("update items set title = 'Only behind' where id between 2 and 31");
    let body: Batch<Item> | undefined;
    expect(await arena.queriesOf(async () => (body = await products(ids)))).toBe(1);
    expect(body?.items[0]).toMatchObject({ title: 'Only behind', priceCents: 12_300 });
    expect(body?.items.slice(1).map(({ title }) => title)).not.toContain('Only behind');
  });

  it('show an offer at once', async () => {
    const [before] = (await products(['1'])).items;
    const amountCents = before?.priceCents;
    expect(
      await arena.send('POST', '/marketplace/items/1/offers', await arena.signIn(2), { amountCents }),
    ).toMatchObject({
      status: 201,
    });
    expect((await products(['1'])).items[0]?.offers.bestCents).toBe(amountCents);
  });

  it('that there are not stay a problem on their own pages, also while a batch looks for them', async () => {
    await database.whileLocked('items', async () => {
      const inBatch = products(['987654324']);
      await database.untilAQueryWaits();
      const alone = arena.get('/marketplace/items/987654324');
      await database.run('rollback; begin');
      expect(await alone).toMatchObject({ status: 404 });
      expect(await inBatch).toEqual({ items: [], missing: ['987654324'] });
    });
  });
});
