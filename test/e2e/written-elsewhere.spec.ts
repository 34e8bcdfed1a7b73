import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

// Other programs may change, past arena, everything that a cached response shows.

let arena: RunningArena;
let database: SideDoor;
let seller: string;
let others: string;
let venue: string;
let token: string;

const ITEM = '/marketplace/items/1';
const TOURNAMENT = '/v1/tournaments/1';

beforeAll(async () => {
  arena = await runArena({ prefetch: false });
  database = await SideDoor.open(arena.dataDir);
  const [item] = await database.run<{ seller_id: string }>('select seller_id from items where id = 1');
  seller = String(item?.seller_id);
  const [other] = await database.run<{ id: string }>(
    `select id from items where seller_id <> ${seller} and status = 'available' order by id limit 1`,
  );
  others = `/marketplace/items/${other?.id}`;
  const [tournament] = await database.run<{ venue_id: string }>('select venue_id from tournaments where id = 1');
  venue = String(tournament?.venue_id);
  token = await arena.signIn(1);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

const textOf = async (path: string) => JSON.stringify((await arena.get(path, token)).body);
const batchOf = async (kind: 'users' | 'products', ids: readonly string[]) => {
  const name = kind === 'users' ? 'user_ids' : 'product_ids';
  return JSON.stringify((await arena.send('POST', `/api/v1/batch/${kind}`, token, { [name]: ids })).body);
};

/** Reads until all responses show a text that none of them showed before the statement. */
async function shows(text: string, reads: readonly (() => Promise<string>)[], sql: string): Promise<void> {
  for (const read of reads) expect(await read()).not.toContain(text);
  await database.run(sql);
  for (const read of reads) await until(async () => (await read()).includes(text), 5_000);
}

describe('a renamed user is shown', () => {
  it('on the pages, batches, lists and the feed with their items; nothing else reloads', async () => {
    await database.run(`update items set status = 'available', created_at = now(), title = 'Rare cue' where id = 1`);
    const newest = () => textOf('/marketplace/items?perPage=5');
    await until(async () => (await newest()).includes('Rare cue'));
    const reads = [
      () => textOf(ITEM),
      () => batchOf('products', ['1']),
      newest,
      () => textOf('/marketplace/items?q=rare'),
      () => textOf('/marketplace/feed?perPage=5'),
      () => batchOf('users', [seller]),
    ];
    const unaffected = () => Promise.all([textOf(others), textOf(TOURNAMENT), textOf('/v1/tournaments')]);
    await unaffected();
    await shows('Renamed Seller', reads, `update users set name = 'Renamed Seller' where id = ${seller}`);
    expect(await arena.queriesOf(unaffected)).toBe(0);
  });

  it('on a page that they have just changed', async () => {
    const own = await arena.signIn(Number(seller));
    const change = () => arena.send('PATCH', ITEM, own, { description: `Changed at ${performance.now()}` });
    expect((await change()).status).toBe(200);
    await textOf(ITEM);
    await shows('Renamed Twice', [() => textOf(ITEM)], `update users set name = 'Renamed Twice' where id = ${seller}`);
  });

  it('as the sender of notifications', async () => {
    await arena.send('POST', '/notifications', await arena.signIn(9), { userId: '1', title: 'Hi', body: 'There' });
    await shows(
      'Renamed Sender',
      [() => textOf('/notifications')],
      `update users set name = 'Renamed Sender' where id = 9`,
    );
  });

  it('on their dashboard and in their own account', async () => {
    await shows(
      'Renamed Leader',
      [() => textOf('/dashboard'), () => textOf('/me')],
      `update users set name = 'Renamed Leader' where id = 1`,
    );
  });

  it('with a new address in their own account', async () => {
    const address = 'leader@elsewhere.example';
    await shows(address, [() => textOf('/me')], `update users set email = '${address}' where id = 1`);
  });

  it('nowhere if only the password has changed: nothing reloads', async () => {
    const reads = () => Promise.all([textOf(ITEM), textOf('/notifications'), textOf('/marketplace/feed?perPage=5')]);
    await reads();
    await database.run(`update users set password_hash = password_hash || ' ' where id in (${seller}, 9)`);
    await afterAllWasRead();
    expect(await arena.queriesOf(reads)).toBe(0);
  });
});

/** The feed reads this write after all earlier ones. */
async function afterAllWasRead(): Promise<void> {
  const mark = `Mark ${performance.now()}`;
  await shows(mark, [() => batchOf('users', ['77'])], `update users set name = '${mark}' where id = 77`);
}

describe('a change of another table', () => {
  it("of a venue's name appears on its tournaments and their lists, and reloads no other venue’s", async () => {
    const lists = ['/v1/tournaments?perPage=100&page=1', `/v1/tournaments?venueId=${venue}`];
    const shown = [TOURNAMENT, ...lists.slice(1)].map((path) => () => textOf(path));
    const elsewhere = `/v1/tournaments?venueId=${venue === '1' ? 2 : 1}`;
    await textOf(elsewhere);
    await shows('Renamed Hall', shown, `update venues set name = 'Renamed Hall' where id = ${venue}`);
    expect(await arena.queriesOf(() => textOf(elsewhere))).toBe(0);
  });

  it("of a venue's name appears on a tournament that was just changed", async () => {
    await arena.send('PATCH', TOURNAMENT, token, { name: 'Changed here' });
    await shows(
      'Renamed Again',
      [() => textOf(TOURNAMENT)],
      `update venues set name = 'Renamed Again' where id = ${venue}`,
    );
  });

  it('of a tournament appears on its page and in every list with it, as it was and as it is', async () => {
    await database.run(`update tournaments set starts_at = now() + interval '9 years', status = 'open' where id = 1`);
    const lists = ['', '?status=open', `?venueId=${venue}`, `?status=open&venueId=${venue}`];
    const reads = lists.map((query) => () => textOf(`/v1/tournaments${query}`));
    for (const read of reads) await until(async () => (await read()).includes('"id":"1"'), 5_000);
    await shows(
      'Renamed elsewhere',
      [() => textOf(TOURNAMENT), ...reads],
      `update tournaments set name = 'Renamed elsewhere' where id = 1`,
    );
    await database.run(`update tournaments set status = 'cancelled' where id = 1`);
    for (const read of [reads[1], reads[3]]) {
      await until(async () => read !== undefined && !(await read()).includes('Renamed elsewhere'), 5_000);
    }
  });

  it('of an entry appears in the counts of the page and the lists', async () => {
    const [open] = await database.run<{ id: string; venue_id: string; entries: number }>(
      `select id, venue_id, (select count(*)::int from entries where tournament_id = tournaments.id) as entries
       from tournaments where status = 'open' limit 1`,
    );
    const path = `/v1/tournaments/${open?.id}`;
    const list = `/v1/tournaments?status=open&perPage=100&venueId=${open?.venue_id}`;
    const entriesOf = async () => {
      const { body } = await arena.get<{ entries: number }>(path);
      const { body: page } = await arena.get<{ items: { id: string; entries: number }[] }>(list);
      return [body.entries, page.items.find(({ id }) => id === open?.id)?.entries];
    };
    const before = open?.entries as number;
    expect(await entriesOf()).toEqual([before, before]);
    await database.run(`insert into entries (tournament_id, user_id)
      select ${open?.id}, id from users where id not in (select user_id from entries where tournament_id = ${open?.id}) limit 1`);
    await until(async () => (await entriesOf()).every((entries) => entries === before + 1), 5_000);
  });

  it("of an item's price, description or offers appears", async () => {
    const lists = [
      () => textOf(ITEM),
      () => textOf('/marketplace/items?perPage=5'),
      () => textOf('/marketplace/items?q=rare'),
      () => textOf('/marketplace/feed?perPage=5'),
    ];
    await shows('"priceCents":7654321', lists, 'update items set price_cents = 7654321 where id = 1');
    await shows(
      'Scratched',
      [() => textOf(ITEM), () => batchOf('products', ['1'])],
      `update items set description = 'Scratched' where id = 1`,
    );
    const offer = `insert into offers (item_id, bidder_id, amount_cents) select 1, id, 5432109 from users
      where id <> ${seller} and id not in (select bidder_id from offers where item_id = 1) limit 1`;
    await shows('"bestCents":5432109', [() => textOf(ITEM)], offer);
  });

  it('of an item or an offer appears in what its seller sells and what its bidder offers', async () => {
    const [free] = await database.run<{ id: string }>(
      `select id from users where id <> ${seller} and id <= 150 and id not in (select bidder_id from offers where item_id = 1) limit 1`,
    );
    const [selling, bidding] = [await arena.signIn(Number(seller)), await arena.signIn(Number(free?.id))];
    const sold = async () => JSON.stringify((await arena.get('/marketplace/my/items?perPage=100', selling)).body);
    const offered = async () => JSON.stringify((await arena.get('/marketplace/my/offers', bidding)).body);
    const amount = 5_432_108;
    const offer = `insert into offers (item_id, bidder_id, amount_cents) values (1, ${free?.id}, ${amount})`;
    const before = await sold();
    await shows(String(amount), [offered], offer);
    // It counts the open offers.
    await until(async () => (await sold()) !== before);
    await shows('Renamed cue', [offered, sold], `update items set title = 'Renamed cue' where id = 1`);
    await shows(
      'Second cue',
      [sold],
      `insert into items (seller_id, title, description, condition, price_cents) values (${seller}, 'Second cue', '', 'used', 100)`,
    );
  });

  it('of views that are counted in the table reloads nothing', async () => {
    const reads = () =>
      Promise.all([textOf(others), textOf('/marketplace/items?perPage=5'), batchOf('products', ['2', '3'])]);
    await reads();
    await database.run('update items set views = views + 1 where id <= 3');
    // Too many rows for the log to name the changed columns.
    await database.run('update items set views = views + 1 where id <= 600');
    await afterAllWasRead();
    expect(await arena.queriesOf(reads)).toBe(0);
  });

  it('of notifications appears in the lists and the count', async () => {
    await textOf('/notifications/unread-count');
    const lists = [() => textOf('/notifications'), () => textOf('/notifications?unread=true')];
    await shows(
      'From elsewhere',
      lists,
      `insert into notifications (user_id, title, body) values (1, 'From elsewhere', 'x')`,
    );
    const [unread] = await database.run<{ count: number }>(
      'select count(*)::int from notifications where user_id = 1 and read_at is null',
    );
    expect((await arena.get('/notifications/unread-count', token)).body).toEqual({ unread: unread?.count });
    await shows(
      'Edited elsewhere',
      lists,
      `update notifications set title = 'Edited elsewhere' where user_id = 1 and title = 'From elsewhere'`,
    );
  });

  it('of products appears in their list', async () => {
    await shows('Cue Rental', [() => textOf('/v1/products')], `insert into products (name) values ('Cue Rental')`);
  });

  it("of a user's rights appears in their profile", async () => {
    await database.run('update users set organiser = false where id = 78');
    const profile = () => batchOf('users', ['78']);
    await until(async () => (await profile()).includes('"organiser":false'), 5_000);
    await shows('"organiser":true', [profile], 'update users set organiser = true where id = 78');
  });
});
