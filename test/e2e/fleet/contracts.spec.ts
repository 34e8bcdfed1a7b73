import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedRun, JobStatus } from '../../../libs/larder/src/jobs/index.js';
import { ADMIN_TOKEN, NODES, ThreeArenas } from '../../support/arena/three-arenas.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

// The contracts with other programs, on three arenas with the change feed on. The log comes last: it stops the arenas.

let redis: RedisServer;
let arenas: ThreeArenas;
/** Tokens of an organiser and of another player. */
let organiser: string;
let player: string;

beforeAll(async () => {
  redis = await RedisServer.start();
  arenas = await ThreeArenas.start(redis.url, { LARDER_LOG: 'debug' });
  [organiser, player] = await Promise.all([arenas.signIn(1), arenas.signIn(2)]);
}, 120_000);
afterAll(async () => {
  await arenas.stop();
  await redis.stop();
});

const admin = { token: ADMIN_TOKEN };
const isHit = ({ headers }: { headers: Headers }) => /; hit/.test(headers.get('Cache-Status') ?? '');
/** How often each arena has loaded values of a method. */
const loadsOf = async (method: string) => {
  const answers = await arenas.askAll<{ methods: Record<string, { loads: number }> }>(
    'GET',
    '/admin/cache/stats',
    admin,
  );
  return answers.map(({ body }) => body.methods[method]?.loads ?? 0);
};
const runJob = async (node: number, name: string) =>
  (await arenas.ask<EndedRun>(node, 'POST', `/admin/jobs/${name}/run`, admin)).body;

describe('warming at the start', () => {
  it('loads the critical methods on each arena before the first request', async () => {
    for (const path of ['/v1/tournaments', '/marketplace/items', '/marketplace/feed']) {
      await until(async () => (await arenas.askAll('GET', path)).every(isHit));
    }
  });

  it('for named users runs on one arena, and the others find the values', async () => {
    const body = { user_ids: ['1', '2', '3'] };
    const isHitOnAll = async (user: string) => {
      const path = `/admin/cache/inspect?key=${encodeURIComponent(JSON.stringify(['dashboard', user]))}`;
      const answers = await arenas.askAll<{ verdict: string }>('GET', path, admin);
      return answers.every(({ body: { verdict } }) => verdict === 'hit');
    };
    // Again, because the loads that run beside each other may keep a value from being stored; and Redis has it soon after the answer.
    await until(async () => {
      const { body: warmed } = await arenas.ask<{ reports: object }>(0, 'POST', '/admin/cache/warm', {
        ...admin,
        body,
      });
      expect(warmed.reports).toMatchObject({ dashboards: { total: 3, failed: [] } });
      return (await Promise.all(body.user_ids.map(isHitOnAll))).every(Boolean);
    });
    const before = await loadsOf('Dashboards.of');
    for (const token of [organiser, player]) {
      const answers = await arenas.askAll('GET', '/dashboard', { token });
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    expect(await loadsOf('Dashboards.of')).toEqual(before);
  }, 60_000);
});

describe('a write-through', () => {
  it('of an item is a hit on each arena, after the change feed has read its row', async () => {
    for (let edit = 0; edit < 7; edit++) {
      const title = `Edit ${edit}`;
      const changed = await arenas.ask(edit % 3, 'PATCH', '/marketplace/items/2', {
        token: organiser,
        body: { title },
      });
      expect(changed.status).toBe(200);
      await arenas.feedHasRead();
      const before = await loadsOf('Items.one');
      const answers = await arenas.askAll<{ title: string }>('GET', '/marketplace/items/2');
      expect(answers.map(({ body }) => body.title)).toEqual(Array(3).fill(title));
      expect(await loadsOf('Items.one')).toEqual(before);
    }
  }, 60_000);
});

describe('a batch', () => {
  it('returns an array in the order of the ids, and lists the missing ones', async () => {
    for (const [kind, name] of [
      ['users', 'user_ids'],
      ['products', 'product_ids'],
    ] as const) {
      const body = { [name]: ['3', 'no-such', '1'] };
      const answers = await arenas.askAll<{ id: string }[]>('POST', `/api/v1/batch/${kind}`, { body });
      expect(answers.map(({ body }) => body.map(({ id }) => id))).toEqual(Array(3).fill(['3', '1']));
      expect(answers.map(({ headers }) => headers.get('X-Missing'))).toEqual(Array(3).fill('no-such'));
    }
  });
});

describe('the statistics of Redis', () => {
  it('have the same six fields on each arena', async () => {
    const fields = ['redis_version', 'memory_used_mb', 'memory_peak_mb', 'connected_clients', 'total_keys', 'hit_rate'];
    for (const { body } of await arenas.askAll<Record<string, unknown>>('GET', '/api/v1/batch/cache-stats')) {
      expect(Object.keys(body)).toEqual(fields);
      expect(body).toMatchObject({ redis_version: expect.any(String), total_keys: expect.any(Number) });
      expect(body.hit_rate).toBeGreaterThan(0);
      expect(body.hit_rate).toBeLessThanOrEqual(100);
    }
  });
});

describe('the jobs', () => {
  it('are listed on each arena by their public names, and a run of one appears on all', async () => {
    await arenas.askAll('GET', '/marketplace/items/5');
    const run = await runJob(1, 'process_expired_offers');
    expect(run).toMatchObject({ result: 'succeeded', statistics: { processed: expect.any(Number), errors: 0 } });
    for (const { body } of await arenas.askAll<JobStatus[]>('GET', '/admin/jobs', admin)) {
      const known = new Map(body.map((job) => [job.name, job]));
      for (const name of ['sync_view_counts', 'process_expired_offers', 'cleanup_old_cache'])
        expect(known.get(name)).toMatchObject({ nextRun: expect.any(String) });
      expect(known.get('process_expired_offers')?.total).toBeGreaterThan(0);
    }
    const answers = await arenas.askAll<{ running: boolean; jobs: object[] }>('GET', '/admin/jobs/scheduler', admin);
    for (const { body } of answers) {
      expect(body.running).toBe(true);
      expect(body.jobs).toContainEqual({ id: 'sync_view_counts', next_run_time: expect.any(String) });
    }
  });
});

describe('an offer', () => {
  interface Offer {
    readonly id: string;
    readonly expiresAt: string;
  }
  const expiring = async (node: number) =>
    (await arenas.ask<{ offers: Offer[] }>(node, 'GET', '/marketplace/offers/expiring?within=3d', { token: player }))
      .body.offers;

  it('is tracked by each arena, and expired once even though Redis was emptied', async () => {
    const body = { title: 'Rack', description: 'Oak.', condition: 'new', priceCents: 10_000 };
    const item = await arenas.ask<{ id: string }>(0, 'POST', '/marketplace/items', { token: organiser, body });
    const path = `/marketplace/items/${item.body.id}`;
    const made = await arenas.ask<Offer>(1, 'POST', `${path}/offers`, { token: player, body: { amountCents: 9_000 } });
    expect(made.status).toBe(201);
    for (const node of NODES)
      expect(await expiring(node)).toContainEqual(expect.objectContaining({ id: made.body.id }));
    await arenas.query(`update offers set expires_at = now() - interval '1 hour' where id = ${made.body.id}`);
    await redis.command('FLUSHALL');
    // The arenas restore the deadlines once they notice the loss, not within the hour.
    await until(async () => {
      await runJob(2, 'process_expired_offers');
      return (await arenas.query(`select from offers where id = ${made.body.id} and status = 'expired'`)).length === 1;
    });
    await until(async () => {
      const answers = await arenas.askAll<{ offers: { open: number } }>('GET', path);
      return answers.every(({ body }) => body.offers.open === 0);
    });
  }, 60_000);
});

describe('a renamed user', () => {
  it('is shown on the pages of their items on each arena', async () => {
    const [item] = await arenas.query<{ seller_id: string }>('select seller_id from items where id = 3');
    const shows = async () => {
      const answers = await arenas.askAll<{ seller: { name: string } }>('GET', '/marketplace/items/3');
      return answers.map(({ body }) => body.seller.name);
    };
    expect(await shows()).not.toContain('Renamed Seller');
    await arenas.query(`update users set name = 'Renamed Seller' where id = ${item?.seller_id}`);
    await until(async () => (await shows()).every((name) => name === 'Renamed Seller'));
  });
});

describe('pending updates', () => {
  interface Pending {
    readonly deployment: { readonly version: string };
    readonly updates: readonly { readonly version: string }[];
  }
  const onEachNode = async () =>
    (await arenas.askAll<Pending>('GET', '/v1/deployments/7/pending-updates', { token: organiser })).map(
      ({ body }) => body,
    );
  const eachNode = (holds: (pending: Pending) => boolean) => until(async () => (await onEachNode()).every(holds));

  it('show on each arena what one of them creates, releases or moves, and what another program moves', async () => {
    const token = organiser;
    const [before] = await onEachNode();
    const version = { version: '5.0.0', notes: 'New.' };
    await arenas.ask(0, 'POST', '/v1/products/7/versions', { token, body: version });
    expect((await onEachNode()).map(({ updates }) => updates)).toEqual(Array(3).fill(before?.updates));

    await arenas.ask(1, 'POST', '/v1/products/7/versions/5.0.0/release', { token });
    await eachNode(({ updates }) => updates[0]?.version === '5.0.0');

    await arenas.ask(2, 'PATCH', '/v1/deployments/7', { token, body: { version: '5.0.0' } });
    await eachNode(({ deployment, updates }) => deployment.version === '5.0.0' && updates.length === 0);

    await arenas.query(
      `update deployments set version_id = (select id from versions where product_id = 7 and version = '4.9.0') where id = 7`,
    );
    await eachNode(({ deployment, updates }) => deployment.version === '4.9.0' && updates.length === 1);
    const moved = await arenas.askAll<{ version: string }>('GET', '/v1/deployments/7', { token });
    expect(moved.map(({ body }) => body.version)).toEqual(['4.9.0', '4.9.0', '4.9.0']);
  }, 60_000);
});

describe('the health of each arena', () => {
  it('has the figures of its connections to the database', async () => {
    for (const { body } of await arenas.askAll<{ details: { database: object } }>('GET', '/health')) {
      const figures = { inUse: expect.any(Number), idle: expect.any(Number), waiting: expect.any(Number), limit: 4 };
      expect(body.details.database).toMatchObject({ pool: figures });
    }
  });
});

describe('while Redis is away', () => {
  it('each arena serves, one is cleared at once, and the others are cleared when Redis is back', async () => {
    const key = encodeURIComponent(JSON.stringify(['items', '9']));
    const verdicts = async () => {
      const answers = await arenas.askAll<{ verdict: string }>('GET', `/admin/cache/inspect?key=${key}`, admin);
      return answers.map(({ body }) => body.verdict);
    };
    const offers = async () =>
      (
        await arenas.askAll<{ offers: object[] }>('GET', '/marketplace/offers/expiring?within=3d', { token: player })
      ).map(({ body }) => body.offers);
    const [expected] = await offers();
    await until(async () => {
      await arenas.askAll('GET', '/marketplace/items/9');
      return (await verdicts()).every((verdict) => verdict === 'hit');
    });

    await redis.kill();
    expect(await offers()).toEqual(Array(3).fill(expected));
    expect((await arenas.askAll('GET', '/v1/tournaments/7')).map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { body } of await arenas.askAll<object>('GET', '/api/v1/batch/cache-stats'))
      expect(Object.values(body)).toEqual(Array(6).fill(null));
    const { body } = await arenas.ask<{ token: string }>(0, 'POST', '/admin/cache/clear-requests', admin);
    const cleared = await arenas.ask(0, 'POST', '/admin/cache/clear', { ...admin, body: { token: body.token } });
    expect(cleared).toMatchObject({ status: 202, body: { delivered: false } });

    await redis.restart();
    await until(async () => (await verdicts()).every((verdict) => verdict !== 'hit'));
    await until(async () => {
      await arenas.askAll('GET', '/marketplace/items/9');
      return (await verdicts()).every((verdict) => verdict === 'hit');
    });
  }, 60_000);
});

describe('the log', () => {
  it('of each arena has hits, misses and loads by method, and invalidations', async () => {
    for (const node of NODES) {
      const output = await arenas.stopOne(node);
      expect(output).toMatch(/Items\.one: \d+ hits/);
      expect(output).toMatch(/MarketplaceController\.update: \d+ invalidations/);
      expect(output).toMatch(/The cache: .*\d+ invalidations/);
    }
  });
});
