import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import {
  type Deployment,
  deployment,
  deploymentPage,
  type PendingUpdates,
  type Product,
  type ProductList,
  pendingUpdates,
  productList,
  type Version,
  type VersionList,
  version,
  versionList,
} from '../../apps/arena/src/features/releases/release.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { runBatch } from '../../libs/larder/src/jobs/index.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const DEPLOYMENTS = 1_000;
const EACH_PRODUCT = 100;

const clock = new FakeClock();
let arena: RunningArena;
let database: SideDoor;
/** player1 */
let staff: string;
/** player2, of tenant 1, and player3, of tenant 2 */
let member: string;
let stranger: string;

beforeAll(async () => {
  arena = await runArena({ clock });
  database = await SideDoor.open(arena.dataDir);
  [staff, member, stranger] = await Promise.all([arena.signIn(1), arena.signIn(2), arena.signIn(3)]);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

const pending = (id: string | number, token = staff) =>
  arena.get<PendingUpdates>(`/v1/deployments/${id}/pending-updates`, token);
const list = (query = '', token = staff) => arena.get<Page<Deployment>>(`/v1/deployments${query}`, token);
const release = (product: string | number, number: string, token = staff) =>
  arena.send<Version>('POST', `/v1/products/${product}/versions/${number}/release`, token);
const type = (name: string) => `tag:arena.test,2026:${name}`;

async function askForAll(ids: readonly number[]): Promise<PendingUpdates[]> {
  const { done, failed } = await runBatch(ids, (id) => pending(id), { size: 10 });
  expect(failed).toEqual([]);
  return done.map(({ result }) => result.body);
}

/** The ids among these deployments that were read from the database. */
async function loadedAmong(ids: readonly number[]): Promise<number[]> {
  const loaded: number[] = [];
  for (const id of ids) {
    const queries = await arena.queriesOf(async () => expect((await pending(id)).status).toBe(200));
    if (queries > 0) loaded.push(id);
  }
  return loaded;
}

describe('pending updates', () => {
  it('are the newer released versions, the newest first', async () => {
    const { status, body } = await pending(1);
    expect(status).toBe(200);
    expect(pendingUpdates.strict().parse(body)).toEqual(body);
    const { body: all } = await arena.get<VersionList>('/v1/products/1/versions', staff);
    expect(versionList.strict().parse(all)).toEqual(all);
    const released = all.versions.filter(({ releasedAt }) => releasedAt !== null).map((each) => each.version);
    expect(all.versions).toHaveLength(43);
    expect(released).toHaveLength(40);
    const own = released.indexOf(body.deployment.version);
    expect(body.updates.map((each) => each.version)).toEqual(released.slice(0, own));
  });

  it('take 4.10.0 as newer than 4.9.0', async () => {
    await database.run(
      `update deployments set version_id = (select id from versions where product_id = 9 and version = '4.9.0') where id = 9`,
    );
    expect((await release(9, '4.10.0')).status).toBe(200);
    expect((await pending(9)).body.updates).toMatchObject([{ version: '4.10.0' }]);
  });

  it('are served without a query, and read again after five minutes', async () => {
    expect(await loadedAmong([21])).toEqual([21]);
    clock.advance(5 * MINUTE - 1);
    expect(await loadedAmong([21])).toEqual([]);
    clock.advance(1);
    expect(await loadedAmong([21])).toEqual([21]);
  });

  it('of one deployment are read again on request', async () => {
    await loadedAmong([31, 32]);
    expect((await arena.send('POST', '/v1/deployments/31/refresh', member)).status).toBe(404);
    expect((await arena.send('POST', '/v1/deployments/31/refresh', staff)).status).toBe(204);
    expect(await loadedAmong([31, 32])).toEqual([31]);
  });
});

describe('releasing a version', () => {
  it(`with ${DEPLOYMENTS} deployments cached, reloads the ${EACH_PRODUCT} of its product`, async () => {
    const all = Array.from({ length: DEPLOYMENTS }, (_, index) => index + 1);
    const ofProduct4 = (await database.run<{ id: string }>('select id from deployments where product_id = 4')).map(
      ({ id }) => Number(id),
    );
    expect(ofProduct4).toHaveLength(EACH_PRODUCT);
    await askForAll(all);

    const { status, body } = await release(4, '4.10.0');
    expect([status, version.strict().parse(body)]).toEqual([200, body]);
    expect(body).toMatchObject({ productId: '4', version: '4.10.0', releasedAt: expect.any(String) });

    let updated: number[] = [];
    const queries = await arena.queriesOf(async () => {
      const answers = await askForAll(all);
      updated = answers
        .filter(({ updates }) => updates[0]?.version === '4.10.0')
        .map(({ deployment: { id } }) => Number(id));
    });
    // One load for each: if all show the new version, no other deployment has loaded.
    expect(queries).toBe(EACH_PRODUCT);
    expect(updated.filter((id) => ofProduct4.includes(id))).toHaveLength(EACH_PRODUCT);
  }, 60_000);

  it('costs one query for each deployment that reloads', async () => {
    await Promise.all([6, 16, 26, 7].map((id) => pending(id)));
    await release(6, '4.11.0');
    expect(await arena.queriesOf(() => Promise.all([6, 16, 26, 7].map((id) => pending(id))))).toBe(3);
  });

  it('that is already released is a 409, and reloads nothing', async () => {
    await release(2, '4.12.0');
    await loadedAmong([2, 12]);
    expect(await release(2, '4.12.0')).toMatchObject({ status: 409, body: { type: type('already-released') } });
    expect(await release(2, '9.9.9')).toMatchObject({ status: 404 });
    expect(await release(99, '4.10.0')).toMatchObject({ status: 404 });
    expect((await release(2, '4.10')).status).toBe(400);
    expect((await arena.get('/v1/products/99/versions', staff)).status).toBe(404);
    expect(await loadedAmong([2, 12])).toEqual([]);
  });

  it('is reserved to the staff', async () => {
    for (const [token, status] of [
      [member, 403],
      [undefined, 401],
    ] as const) {
      expect((await arena.send('POST', '/v1/products/3/versions/4.10.0/release', token)).status).toBe(status);
      expect((await arena.get('/v1/products/3/versions', token)).status).toBe(status);
    }
    expect(
      await database.run("select from versions where version = '4.10.0' and product_id = 3 and released_at is null"),
    ).toHaveLength(1);
  });
});

describe('a deployment', () => {
  /** The first of tenant 1 and of tenant 2. */
  const [OWN, OTHER] = [1, 11];

  it('is visible to the members of its tenant and the staff, even if another user filled the cache', async () => {
    expect((await pending(OTHER, staff)).status).toBe(200);
    expect((await pending(OTHER, stranger)).status).toBe(200);
    const refused = await pending(OTHER, member);
    expect(refused.status).toBe(404);
    expect((await pending(OWN, member)).status).toBe(200);
    expect((await pending(OWN, stranger)).status).toBe(404);
    expect((await pending(OWN, '')).status).toBe(401);
  });

  it('of another tenant gets the same 404 as one that does not exist', async () => {
    const words = async (id: number) => JSON.stringify((await pending(id, member)).body).replaceAll(String(id), 'N');
    expect(await words(OTHER)).toBe(await words(99_999));
  });

  it('is listed for users who may see it', async () => {
    const own = await list('?perPage=100', member);
    expect(deploymentPage.parse(own.body)).toEqual(own.body);
    expect(own.body.total).toBe(20);
    expect(new Set(own.body.items.map(({ tenant }) => tenant.id))).toEqual(new Set(['1']));
    expect((await list('?productId=4')).body.total).toBe(EACH_PRODUCT);
    expect((await list()).body.total).toBe(DEPLOYMENTS);
    expect((await list('?tenantId=2', member)).status).toBe(400);
    expect((await arena.get('/v1/deployments')).status).toBe(401);
  });

  it('is hidden from a user who left its tenant, after a minute at most', async () => {
    const left = await arena.signIn(4);
    expect((await pending(22, left)).status).toBe(200);
    await database.run('delete from tenant_members where user_id = 4');
    clock.advance(MINUTE);
    expect((await pending(22, left)).status).toBe(404);
    expect((await list('', left)).body.total).toBe(0);
  });
});

describe('the flow of a release over HTTP', () => {
  const read = (id: number, token = staff) => arena.get<Deployment>(`/v1/deployments/${id}`, token);
  const move = (id: number, number: string, token = staff) =>
    arena.send<Deployment>('PATCH', `/v1/deployments/${id}`, token, { version: number });
  const create = (product: string, number: string, token = staff) =>
    arena.send<Version>('POST', `/v1/products/${product}/versions`, token, { version: number, notes: 'New.' });
  const offered = async (id: number) => (await pending(id)).body.updates.map((update) => update.version);

  it('creates a version, offers it once it is released, and stops once the deployment runs it', async () => {
    // 47 runs product 7.
    const before = await offered(47);
    const created = await create('7', '5.0.0');
    expect([created.status, version.strict().parse(created.body)]).toEqual([201, created.body]);
    expect(created.body).toEqual({
      productId: '7',
      version: '5.0.0',
      notes: 'New.',
      security: false,
      releasedAt: null,
    });
    expect(await offered(47)).toEqual(before);
    expect((await move(47, '5.0.0')).body).toMatchObject({ type: type('version-not-released') });
    expect((await release(7, '5.0.0')).status).toBe(200);
    expect(await offered(47)).toEqual(['5.0.0', ...before]);
    const moved = await move(47, '5.0.0');
    expect([moved.status, deployment.strict().parse(moved.body)]).toEqual([200, moved.body]);
    expect(moved.body.version).toBe('5.0.0');
    expect([(await read(47)).body.version, await offered(47)]).toEqual(['5.0.0', []]);
    expect((await move(47, '4.9.0')).status).toBe(200);
    expect([(await read(47)).body.version, await offered(47)]).toEqual(['4.9.0', ['5.0.0']]);
  });

  it('begins with a new product', async () => {
    expect((await arena.get<ProductList>('/v1/products', staff)).body.products).toHaveLength(10);
    const created = await arena.send<Product>('POST', '/v1/products', staff, { name: 'Cue Rental' });
    expect(created).toMatchObject({ status: 201, body: { name: 'Cue Rental' } });
    const { body } = await arena.get<ProductList>('/v1/products', staff);
    expect(productList.strict().parse(body)).toEqual(body);
    expect(body.products).toHaveLength(11);
    expect(body.products).toContainEqual(created.body);
    expect((await create(created.body.id, '1.0.0')).status).toBe(201);
    expect(await create(created.body.id, '1.0.0')).toMatchObject({
      status: 409,
      body: { type: type('version-exists') },
    });
    const twice = await arena.send('POST', '/v1/products', staff, { name: 'Cue Rental' });
    expect(twice).toMatchObject({ status: 409, body: { type: type('product-exists') } });
  });

  it('serves a deployment without a query, and shows its move at the next read', async () => {
    await read(48);
    expect(await arena.queriesOf(() => read(48))).toBe(0);
    // Deployment 1 is of tenant 1, as is the member.
    expect((await move(1, '4.9.0', member)).status).toBe(200);
    expect((await read(1, staff)).body.version).toBe('4.9.0');
  });

  it('refuses callers without the right, and unknown ids', async () => {
    for (const [token, status] of [
      [member, 403],
      ['', 401],
    ] as const) {
      expect((await create('7', '6.0.0', token)).status).toBe(status);
      expect((await arena.get('/v1/products', token)).status).toBe(status);
      expect((await arena.send('POST', '/v1/products', token, { name: 'Mine' })).status).toBe(status);
    }
    expect([(await read(11, member)).status, (await move(11, '4.9.0', member)).status]).toEqual([404, 404]);
    expect([(await read(99_999)).status, (await move(99_999, '4.9.0')).status]).toEqual([404, 404]);
    expect((await create('99', '6.0.0')).status).toBe(404);
    expect((await create('7', '6.0')).status).toBe(400);
    expect((await move(1, '9.9.9')).status).toBe(409);
  });
});

describe('the TTL of pending updates', () => {
  it('is the configured one, five minutes by default', async () => {
    expect((await readOptions({ ARENA_PENDING_UPDATES_TTL: '90s' })).pendingUpdatesTtl).toBe(90_000);
    expect((await readOptions({})).pendingUpdatesTtl).toBeUndefined();
    await expect(readOptions({ ARENA_PENDING_UPDATES_TTL: 'soon' })).rejects.toMatchObject({
      problems: [
        expect.stringMatching(/^invalid ARENA_PENDING_UPDATES_TTL: got 'soon', expected a duration from 1s to 1d/),
      ],
    });
    const time = new FakeClock();
    const other = await runArena({ clock: time, pendingUpdatesTtl: 90_000 });
    const token = await other.signIn(1);
    const queries = () => other.queriesOf(() => other.get('/v1/deployments/21/pending-updates', token));
    await queries();
    time.advance(89_999);
    expect(await queries()).toBe(0);
    time.advance(1);
    expect(await queries()).toBe(1);
    await other.close();
  }, 60_000);
});

describe('a deployment in use', () => {
  const ask = async (id: number, times: number) => {
    for (let time = 0; time < times; time++) await pending(id);
  };

  it('is refreshed in the background; a rarely requested one is not', async () => {
    // By then everything that other tests cached has expired.
    clock.advance(5 * MINUTE);
    await Promise.all([ask(41, 1), ask(42, 1)]);
    const rename = (id: number) =>
      database.run(`update tenants set name = 'Moved' where id = (select tenant_id from deployments where id = ${id})`);
    await rename(41);
    for (let minute = 1; minute <= 4; minute++) {
      await ask(41, 4);
      clock.advance(MINUTE);
    }
    // No request came since: the background refresh fetched it.
    await until(async () => (await pending(41)).body.deployment.tenant.name === 'Moved');
    clock.advance(MINUTE + 1);
    expect(await loadedAmong([41, 42])).toEqual([42]);
  });
});
