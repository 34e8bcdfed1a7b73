import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  Item,
  Offer,
  OfferList,
  ViewedItem,
} from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import type { Notification } from '../../apps/arena/src/features/notifications/notification.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import type { EndedRun, JobStatus } from '../../libs/larder/src/jobs/index.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const TOKEN = 'a-token-of-those-who-run-it';
const THING = { title: 'Ebony bridge', description: 'One of a kind.', condition: 'worn', priceCents: 1_000 };

/** Interval of the writes of views, in milliseconds. */
const FLUSH_INTERVAL = 5_000;

const clock = new FakeClock(Date.now());
let arena: RunningArena;
let database: SideDoor;
let seller: string;
let bidder: string;

beforeAll(async () => {
  arena = await runArena({ adminToken: TOKEN, clock });
  database = await SideDoor.open(arena.dataDir);
  [seller, bidder] = await Promise.all([arena.signIn(1), arena.signIn(2)]);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

const put = async () => (await arena.send<Item>('POST', '/marketplace/items', seller, THING)).body;
const look = async (id: string) => (await arena.get<ViewedItem>(`/marketplace/items/${id}`)).body;
const bid = async (id: string) =>
  (await arena.send<Offer>('POST', `/marketplace/items/${id}/offers`, bidder, { amountCents: 700 })).body;
const writtenViews = async (id: string) =>
  Number((await database.run<{ views: string }>(`select views from items where id = ${id}`))[0]?.views);

describe('a view of an item', () => {
  it('counts at once, and is written a few seconds later', async () => {
    const { id } = await put();
    for (let times = 1; times <= 5; times++) expect((await look(id)).views).toBe(times);
    clock.advance(FLUSH_INTERVAL);
    await until(async () => (await writtenViews(id)) === 5);
    expect((await look(id)).views).toBe(6);
    expect(await database.run('select from view_batches')).not.toHaveLength(0);
  });

  it('of hundreds of items reloads no list that shows them', async () => {
    const rows = await database.run<{ id: string }>('select id from items order by seller_id, id limit 600');
    const list = () => arena.get('/marketplace/my/items', seller);
    await list();
    const total = async () => {
      const [sum] = await database.run<{ views: string }>('select sum(views) as views from items');
      return Number(sum?.views);
    };
    const before = await total();
    for (let at = 0; at < rows.length; at += 50) {
      await Promise.all(rows.slice(at, at + 50).map(({ id }) => look(id)));
    }
    clock.advance(FLUSH_INTERVAL);
    await until(async () => (await total()) >= before + rows.length);
    await arena.feedHasRead();
    expect(await arena.queriesOf(list)).toBe(0);
  });

  it('is written with many others in one statement', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await put()).id));
    const batches = async () => (await database.run('select from view_batches')).length;
    await Promise.all(ids.flatMap((id) => Array.from({ length: 10 }, () => look(id))));
    const before = await batches();
    clock.advance(FLUSH_INTERVAL);
    await until(async () => (await Promise.all(ids.map(writtenViews))).every((views) => views === 10));
    expect((await batches()) - before).toBe(1);
  });

  it('of an unknown item counts nothing', async () => {
    expect((await arena.get('/marketplace/items/99999999')).status).toBe(404);
  });
});

describe('an offer', () => {
  const expiring = async (within: string, token = bidder) =>
    (await arena.get<OfferList>(`/marketplace/offers/expiring?within=${within}`, token)).body.offers.map(
      ({ id }) => id,
    );
  const extend = (id: string, hours: unknown, token = bidder) =>
    arena.send<Offer>('PATCH', `/marketplace/offers/${id}/extend`, token, { hours });

  it('expires soon for its bidder and its recipient, and is hidden from others', async () => {
    const { id } = await bid((await put()).id);
    expect(await expiring('1h')).not.toContain(id);
    expect(await expiring('3d')).toContain(id);
    expect(await expiring('3d', seller)).toContain(id);
    expect(await expiring('3d', await arena.signIn(9))).not.toContain(id);
    expect((await arena.get('/marketplace/offers/expiring?within=soon', bidder)).status).toBe(400);
    expect((await arena.get('/marketplace/offers/expiring')).status).toBe(401);
  });

  it('lasts longer when its bidder asks for it', async () => {
    const item = await put();
    const made = await bid(item.id);
    const received = async () => (await arena.get<OfferList>(`/marketplace/items/${item.id}/offers`, seller)).body;
    const offered = async () => (await arena.get<Page<Offer>>('/marketplace/my/offers', bidder)).body;
    await Promise.all([received(), offered()]);
    const { status, body } = await extend(made.id, 24);
    expect(status).toBe(200);
    expect(Date.parse(body.expiresAt) - Date.parse(made.expiresAt)).toBe(24 * 3_600_000);
    expect((await received()).offers).toMatchObject([{ expiresAt: body.expiresAt }]);
    expect((await offered()).items[0]).toMatchObject({ expiresAt: body.expiresAt });
    expect(await expiring('59h')).not.toContain(made.id);
    expect(await expiring('73h')).toContain(made.id);
    expect((await extend(made.id, 1, seller)).status).toBe(403);
    expect((await extend(made.id, 0)).status).toBe(400);
    expect((await extend('99999999', 1)).status).toBe(404);
  });

  it('is visible to its users although ten thousand others expire sooner', async () => {
    const { id } = await bid((await put()).id);
    // Withdrawn, so that no cached list shows them: the change feed waits for the fake clock.
    await database.run(`insert into items (id, seller_id, title, description, condition, price_cents, status)
      select 5000000 + n, 3, 'Chalk', 'Blue.', 'new', 100, 'withdrawn' from generate_series(1, 11000) n`);
    await database.run(`insert into offers (id, item_id, bidder_id, amount_cents, expires_at)
      select 5000000 + n, 5000000 + n, 4, 60, now() + interval '1 hour' from generate_series(1, 11000) n`);
    await arena.send('POST', '/admin/jobs/track-offers/run', TOKEN);
    expect(await expiring('3d')).toContain(id);
    expect(await expiring('3d', seller)).toContain(id);
    // Their items stay: deleting those too takes 11,000 searches for offers.
    await database.run('delete from offers where id > 5000000');
  });

  it('is reminded of once, until it is extended', async () => {
    const { id } = await bid((await put()).id);
    const remind = async () =>
      (await arena.send<EndedRun>('POST', '/admin/jobs/remind_expiring_offers/run', TOKEN)).body;
    const reminders = async (token: string) => {
      const { body } = await arena.get<Page<Notification>>('/notifications?perPage=5', token);
      return body.items.filter(({ title }) => title === 'Offer expires soon').length;
    };
    const expiresSoon = async () => {
      await database.run(`update offers set expires_at = now() + interval '30 minutes' where id = ${id}`);
      await arena.send('POST', '/admin/jobs/track-offers/run', TOKEN);
    };
    expect(await remind()).toMatchObject({ statistics: { notifications: 0 } });
    await expiresSoon();
    expect(await remind()).toMatchObject({ statistics: { notifications: 2 } });
    expect(await remind()).toMatchObject({ statistics: { notifications: 0 } });
    expect([await reminders(bidder), await reminders(seller)]).toEqual([1, 1]);
    await extend(id, 1);
    await expiresSoon();
    expect(await remind()).toMatchObject({ statistics: { notifications: 2 } });
    expect([await reminders(bidder), await reminders(seller)]).toEqual([2, 2]);
  });

  it('is withdrawn by its bidder, once, and disappears from the page of the item', async () => {
    const { id: item } = await put();
    const { id } = await bid(item);
    expect((await look(item)).offers.open).toBe(1);
    expect((await arena.send('DELETE', `/marketplace/offers/${id}`, seller)).status).toBe(403);
    expect((await arena.send('DELETE', `/marketplace/offers/${id}`, bidder)).status).toBe(204);
    expect((await look(item)).offers.open).toBe(0);
    expect((await arena.send('DELETE', `/marketplace/offers/${id}`, bidder)).status).toBe(409);
    expect((await extend(id, 1)).status).toBe(409);
    expect(await expiring('3d')).not.toContain(id);
  });

  it('expires: its item is shown without it, and other items do not reload', async () => {
    const [{ id: item }, { id: other }] = await Promise.all([put(), put()]);
    const { id } = await bid(item);
    await Promise.all([look(item), look(other), arena.get('/marketplace/items')]);
    await database.run(`update offers set expires_at = now() - interval '1 hour' where id = ${id}`);
    // As after a start: arena tracks what the database has.
    await arena.send('POST', '/admin/jobs/track-offers/run', TOKEN);
    const { body } = await arena.send<EndedRun>('POST', '/admin/jobs/process_expired_offers/run', TOKEN);
    expect(body).toMatchObject({ statistics: { processed: 1, database_updated: 1, errors: 0 } });
    expect((await look(item)).offers.open).toBe(0);
    expect(await database.run(`select from offers where id = ${id} and status = 'expired'`)).toHaveLength(1);
    const queries = await arena.queriesOf(() => Promise.all([look(other), arena.get('/marketplace/items')]));
    expect(queries).toBe(0);
    expect((await extend(id, 1)).status).toBe(409);
  });
});

describe('the jobs', () => {
  const get = <Body>(path: string, token?: string) => arena.get<Body>(path, token);

  it('are listed for and run by clients with the token', async () => {
    const { body } = await get<JobStatus[]>('/admin/jobs', TOKEN);
    expect(body.map(({ name }) => name)).toEqual(expect.arrayContaining(['cleanup_old_cache', 'track-offers']));
    const { body: before } = await get<JobStatus>('/admin/jobs/cleanup_old_cache', TOKEN);
    expect(before).toMatchObject({ schedule: '0 3 * * * Europe/Berlin', total: 0, consecutiveFailures: 0 });
    const run = await arena.send<EndedRun>('POST', '/admin/jobs/cleanup_old_cache/run', TOKEN);
    expect(run).toMatchObject({ status: 200, body: { result: 'succeeded' } });
    expect((await get<EndedRun[]>('/admin/jobs/cleanup_old_cache/history', TOKEN)).body).toHaveLength(1);
    expect((await get('/admin/jobs/nonsense', TOKEN)).status).toBe(404);
  });

  it('are listed by their public names, with their statistics', async () => {
    const { id } = await put();
    await look(id);
    clock.advance(FLUSH_INTERVAL);
    await until(async () => (await writtenViews(id)) === 1);
    const names = ['sync_view_counts', 'process_expired_offers', 'cleanup_old_cache'];
    const { body } = await get<JobStatus[]>('/admin/jobs', TOKEN);
    const schedules = names.map((name) => body.find((job) => job.name === name)?.schedule);
    expect(schedules).toEqual(['every 5000 ms', 'every 60000 ms', '0 3 * * * Europe/Berlin']);
    await until(async () => {
      const { body: runs } = await get<EndedRun[]>('/admin/jobs/sync_view_counts/history', TOKEN);
      const { products_synced, total_views } = runs[0]?.statistics ?? {};
      return Number(products_synced) >= 1 && Number(total_views) >= Number(products_synced);
    });
    const { body: scheduler } = await get<{ running: boolean; jobs: { id: string; next_run_time: string }[] }>(
      '/admin/jobs/scheduler',
      TOKEN,
    );
    expect(scheduler.running).toBe(true);
    const views = scheduler.jobs.find((job) => job.id === 'sync_view_counts');
    expect(Date.parse(views?.next_run_time as string) % 5000).toBe(0);
    expect(scheduler.jobs.map((job) => job.id)).toEqual(expect.arrayContaining(names));
  });

  it('that fail repeatedly are reported by health', async () => {
    const run = () => arena.send<EndedRun>('POST', '/admin/jobs/track-offers/run', TOKEN);
    const ofJobs = async () =>
      (await get<{ details: { jobs: { status: string; failing: string[] } } }>('/health')).body.details.jobs;
    expect(await ofJobs()).toMatchObject({ status: 'up', failing: [], overdue: [] });
    await database.run('alter table offers rename to offers_away');
    for (let times = 0; times < 3; times++) expect((await run()).body.result).toBe('failed');
    await database.run('alter table offers_away rename to offers');
    expect(await ofJobs()).toMatchObject({ status: 'down', failing: ['track-offers'] });
    expect((await run()).body.result).toBe('succeeded');
    expect(await ofJobs()).toMatchObject({ status: 'up', failing: [] });
  });

  it.each([undefined, '', 'wrong', `${TOKEN}x`])('are hidden from a client that sends %j', async (token) => {
    expect((await get('/admin/jobs', token)).status).toBe(401);
    expect((await arena.send('POST', '/admin/jobs/cleanup_old_cache/run', token)).status).toBe(401);
  });

  it('removes orphans, and nothing else', async () => {
    const { id } = await bid((await put()).id);
    const { id: orphan } = await bid((await put()).id);
    await database.run(`update offers set status = 'declined' where id = ${orphan}`);
    await database.run(`insert into view_batches values ('old', now() - interval '2 days')`);
    const run = await arena.send<EndedRun>('POST', '/admin/jobs/cleanup_old_cache/run', TOKEN);
    const { orphaned_deadlines, view_batches } = run.body.statistics as Record<string, number>;
    expect([orphaned_deadlines, view_batches]).toEqual([expect.any(Number), 1]);
    expect(orphaned_deadlines).toBeGreaterThanOrEqual(1);
    const { body } = await arena.get<OfferList>('/marketplace/offers/expiring?within=3d', bidder);
    expect(body.offers.map((offer) => offer.id)).toContain(id);
    expect(await database.run(`select from view_batches where id = 'old'`)).toHaveLength(0);
  });
});

it('have no route without a token', async () => {
  const other = await runArena();
  expect((await other.get('/admin/jobs', TOKEN)).status).toBe(404);
  await other.close();
}, 60_000);
