import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CacheStats, EntryInfo } from 'nest-larder';
import { adminStats, entry } from '../../apps/arena/src/features/admin/cache-admin.schemas.js';
import {
  type InvalidationReportAnswer,
  invalidationReport,
} from '../../apps/arena/src/features/admin/cache-targets.js';
import { type WarmReportsAnswer, warmReports } from '../../apps/arena/src/features/admin/warming/warming.js';
import { main } from '../../libs/larder/src/cli/main.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const TOKEN = 'open-sesame-4711-4712';
const ROUTES = [
  ['GET', '/admin/cache/stats'],
  ['GET', '/admin/cache/advice'],
  ['GET', '/admin/cache/inspect?key=%5B%22items%22%5D'],
  ['POST', '/admin/cache/invalidate'],
  ['POST', '/admin/cache/warm'],
  ['POST', '/admin/cache/clear-requests'],
  ['POST', '/admin/cache/clear'],
] as const;
const type = (name: string) => `tag:arena.test,2026:${name}`;

describe('without an admin token', () => {
  it('hides everything below /admin, even from a client that sends a token', async () => {
    const arena = await runArena();
    for (const [method, path] of ROUTES) {
      for (const authorization of ['', `Bearer ${TOKEN}`, 'Bearer undefined']) {
        const headers = { Authorization: authorization };
        expect((await fetch(arena.url + path, { method, headers })).status).toBe(404);
      }
    }
    const headers = { Authorization: `Bearer ${TOKEN}` };
    expect((await fetch(`${arena.url}/metrics`, { headers })).status).toBe(404);
    const { body } = await arena.get<{ paths: object; components: { securitySchemes: object } }>('/docs-json');
    expect(JSON.stringify(body)).not.toContain('admin');
    await arena.close();
  }, 60_000);
});

describe('with an admin token', () => {
  const clock = new FakeClock();
  let arena: RunningArena;
  beforeAll(async () => {
    arena = await runArena({ adminToken: TOKEN, clock, prefetch: false });
  }, 60_000);
  afterAll(() => arena.close());

  const send = <Body>(path: string, body?: unknown) => arena.send<Body>('POST', `/admin/cache/${path}`, TOKEN, body);
  const inspect = (key: unknown) =>
    arena.get<EntryInfo>(`/admin/cache/inspect?key=${encodeURIComponent(JSON.stringify(key))}`, TOKEN);

  it.each(ROUTES)('%s %s requires it', async (method, path) => {
    const player = await arena.signIn(1);
    const wrong = [undefined, '', 'x', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), 'x'.repeat(5_000), player];
    for (const token of wrong) {
      const headers = { ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
      const response = await fetch(arena.url + path, { method, headers });
      expect([response.status, response.headers.get('Content-Type')]).toEqual([
        401,
        'application/problem+json; charset=utf-8',
      ]);
      expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="arena admin"/);
      const text = await response.text();
      expect(text).toContain(type('not-an-admin'));
      expect(text).not.toContain(TOKEN);
    }
    const basic = await fetch(arena.url + path, { method, headers: { Authorization: `Basic ${TOKEN}` } });
    expect(basic.status).toBe(401);
    const right = await fetch(arena.url + path, { method, headers: { Authorization: `bearer ${TOKEN}` } });
    expect([401, 403]).not.toContain(right.status);
  });

  it("does not grant access to a player's own routes", async () => {
    expect(await arena.get('/notifications', TOKEN)).toMatchObject({ status: 401 });
  });

  it('reports statistics by method and tag', async () => {
    await arena.get('/marketplace/items?q=cue');
    await arena.get('/marketplace/items?q=cue');
    const { status, body } = await arena.get<CacheStats>('/admin/cache/stats', TOKEN);
    expect(status).toBe(200);
    expect(adminStats.strict().parse(body)).toEqual(body);
    // The first page was warmed at the start.
    expect(body.methods['MarketplaceController.list']).toMatchObject({ hits: 1, misses: 1, loads: 2, active: 2 });
    expect(body.tags['item-word:cue']).toMatchObject({ hits: 1, loads: 1 });
  });

  it('explains a key', async () => {
    expect(await inspect(['items', '30'])).toMatchObject({ status: 404 });
    await arena.get('/marketplace/items/30');
    const { status, body } = await inspect(['items', '30']);
    expect(status).toBe(200);
    expect(entry.strict().parse(body)).toEqual(body);
    expect(body).toMatchObject({ tier: 'memory', verdict: 'hit', stale: false, ttl: 900_000, staleFor: 900_000 });
    clock.advance(900_000);
    expect((await inspect(['items', '30'])).body).toMatchObject({ verdict: 'expired', stale: true, ttl: 0 });
    await arena.get('/v1/tournaments?status=open');
    const list = ['tournaments', 'list', { status: 'open' }, { page: 1, perPage: 20 }];
    expect((await inspect(list)).body).toMatchObject({ verdict: 'hit', method: 'TournamentsController.list' });
  });

  it.each(['', 'items', '"items"', '{}', '[]', '[1]', '[["items"]]', '["items"', 'null', `["${'x'.repeat(4_000)}"]`])(
    'takes no key %s',
    async (key) => {
      const answer = await arena.get(`/admin/cache/inspect?key=${encodeURIComponent(key)}`, TOKEN);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ in: 'query', field: 'key' }] } });
    },
  );

  it('refuses a key nested without end', async () => {
    const deep = `["a",${'['.repeat(20_000)}${']'.repeat(20_000)}]`;
    const response = await fetch(`${arena.url}/admin/cache/invalidate`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: `{"keys":[${deep}]}`,
    });
    expect(response.status).toBe(400);
  });

  it('invalidates what the request names, and nothing else', async () => {
    const routes = [
      '/v1/tournaments/5',
      '/marketplace/items?q=chalk',
      '/marketplace/items/50',
      '/marketplace/items/51',
    ];
    for (const route of routes) await arena.get(route);
    const { status, body } = await send<InvalidationReportAnswer>('invalidate', {
      keys: [['tournaments', '5']],
      tags: ['item-word:chalk'],
      patterns: ['items:5*0'],
    });
    expect(status).toBe(200);
    expect(invalidationReport.strict().parse(body)).toEqual(body);
    expect(body).toEqual({ delivered: 3, undelivered: [], failed: [], skipped: [] });
    const queries: number[] = [];
    for (const route of routes) queries.push(await arena.queriesOf(() => arena.get(route)));
    expect(queries.map((count) => count > 0)).toEqual([true, true, true, false]);
  });

  it.each([
    ['nothing', {}],
    ['empty lists', { keys: [], tags: [], patterns: [] }],
    ['everything by a pattern, past the two steps', { patterns: ['*'] }],
    ['everything by another', { patterns: ['**'] }],
    ['a key that is a text', { keys: ['items'] }],
    ['a key of nothing', { keys: [[]] }],
    ['an empty tag', { tags: [''] }],
    ['what there is not', { tag: ['item-word:cue'] }],
  ])('does not take %s', async (_, body) => {
    expect(await send('invalidate', body)).toMatchObject({ status: 400, body: { type: type('invalid-request') } });
  });

  it('warms what visitors request first, once', async () => {
    const { status, body } = await send<WarmReportsAnswer>('warm', { methods: ['tournaments', 'feed'] });
    expect(status).toBe(200);
    expect(warmReports.strict().parse(body)).toEqual(body);
    expect(body.reports).toMatchObject({ tournaments: { total: 2, failed: [] }, feed: { total: 1, failed: [] } });
    const queries = await arena.queriesOf(async () => {
      await arena.get('/v1/tournaments');
      await arena.get('/v1/tournaments?status=open');
      await arena.get('/marketplace/feed?type=discover');
      const again = await send<WarmReportsAnswer>('warm', { methods: ['feed', 'tournaments'] });
      expect(again.body.reports).toMatchObject({ tournaments: { loaded: 0, fresh: 2 }, feed: { loaded: 0, fresh: 1 } });
    });
    expect(queries).toBe(0);
    expect((await send<WarmReportsAnswer>('warm', {})).body.reports).toMatchObject({ items: { total: 1 } });
    for (const methods of [[], ['users'], 'feed', Array(5).fill('feed'), ['dashboards']]) {
      expect((await send('warm', { methods })).status).toBe(400);
    }
  });

  it('answers the commands of nest-larder', async () => {
    const [printed, drawn]: string[][] = [[], []];
    const terminal = {
      print: (text: string) => printed?.push(text),
      complain: (text: string) => printed?.push(text),
      draw: (line: string) => drawn?.push(line),
    };
    const run = (argv: string) =>
      main([...argv.split(' '), '--url', `${arena.url}/admin/cache`], { LARDER_ADMIN_TOKEN: TOKEN }, terminal);
    expect(await run('stats --top 1000')).toBe(0);
    expect(printed?.at(-1)).toContain('TournamentsController.list');
    expect(await run('warm --method items --method feed')).toBe(0);
    expect(printed?.at(-1)).toMatch(/^method +loaded +cached already.*\nitems +.*\nfeed /);
    expect(drawn?.[0]).toMatch(/^items \[[#·]{24}\] \d+\/\d+$/);
    expect(drawn?.at(-1)).toBe('');
    expect(await run('inspect items --json')).toBe(1);
    expect(printed?.at(-1)).toMatch(/with 404: Nothing is cached under \["items"\]/);
    expect(await run('invalidate items --tag item-word:cue')).toBe(0);
    expect(printed?.slice(-3)).toEqual([
      'Invalidated: items',
      'Invalidated: tag item-word:cue',
      expect.stringContaining('The process has applied it'),
    ]);
    expect(await run('warm --method nothing')).toBe(1);
    expect(printed?.at(-1)).toMatch(/POST warm with 400/);
    expect(await run('advise')).toBe(0);
    expect(await run('audit')).toBe(1);
    expect(printed?.at(-1)).toMatch(/The audit is off in this process\. Set LARDER_AUDIT=0\.001/);
  });

  it('warms the dashboards of named users, five at a time', async () => {
    const user_ids = ['11', '12', '13'];
    const { body } = await send<WarmReportsAnswer>('warm', { user_ids });
    expect(body.reports).toEqual({ dashboards: expect.objectContaining({ total: 3, loaded: 3, failed: [] }) });
    const token = await arena.signIn(12);
    expect(await arena.queriesOf(() => arena.get('/dashboard', token))).toBe(0);
    const missing = { user_ids: ['99999999', '11', '14'], continueOnError: false };
    expect((await send<WarmReportsAnswer>('warm', missing)).body.reports.dashboards?.failed).toHaveLength(1);
    for (const order of [{ user_ids: [] }, { user_ids: ['x'] }, { methods: ['items'], user_ids }])
      expect((await send('warm', order)).status).toBe(400);
  });

  describe('clearing the whole cache', () => {
    const isCached = async () => (await arena.queriesOf(() => arena.get('/v1/tournaments/9'))) === 0;
    const ask = async () => (await send<{ token: string; expiresAt: string }>('clear-requests')).body;

    it('takes a clear token, which is valid once', async () => {
      await arena.get('/v1/tournaments/9');
      const { token, expiresAt } = await ask();
      expect(new Date(expiresAt).getTime()).toBe(clock.now() + 60_000);
      expect(await isCached()).toBe(true);
      expect(await send('clear', { token })).toMatchObject({ status: 204 });
      expect(await isCached()).toBe(false);
      expect(await send('clear', { token })).toMatchObject({ status: 409, body: { type: type('clear-refused') } });
      expect(await isCached()).toBe(true);
    });

    it('refuses an unknown clear token and one older than a minute', async () => {
      await arena.get('/v1/tournaments/9');
      expect(await send('clear', { token: 'guessed' })).toMatchObject({ status: 409 });
      for (const body of [{}, { token: '' }, { token: 7 }, undefined]) {
        expect((await send('clear', body)).status).toBe(400);
      }
      const { token } = await ask();
      clock.advance(60_001);
      expect(await send('clear', { token })).toMatchObject({ status: 409 });
      expect(await isCached()).toBe(true);
    });

    it('gives two simultaneous requests different tokens', async () => {
      const [one, other] = await Promise.all([ask(), ask()]);
      expect(one.token).not.toBe(other.token);
      for (const { token } of [one, other]) expect(await send('clear', { token })).toMatchObject({ status: 204 });
    });
  });

  it('appears in the OpenAPI document with its routes', async () => {
    interface Operation {
      readonly security: readonly object[];
      readonly responses: Record<string, { content?: Record<string, unknown> }>;
    }
    const { body } = await arena.get<{
      paths: Record<string, Record<string, Operation>>;
      components: { securitySchemes: object };
    }>('/docs-json');
    const admin = Object.entries(body.paths).filter(([path]) => path.startsWith('/admin'));
    const described = admin.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    const expected = ROUTES.map(([method, path]) => `${method.toLowerCase()} ${path.replace(/\?.*/, '')}`);
    expect(described.sort()).toEqual(expected.sort());
    expect(body.components.securitySchemes).toHaveProperty('admin');
    for (const operation of admin.flatMap(([, methods]) => Object.values(methods))) {
      expect(operation.security).toEqual([{ admin: [] }]);
      expect(operation.responses['401']?.content).toHaveProperty(['application/problem+json']);
    }
  });
});

describe('with an admin token, on Redis', () => {
  it('two arenas share one cache to clear, and report when Redis is away', async () => {
    const redis = await RedisServer.start();
    const arenas = await Promise.all([1, 2].map(() => runArena({ adminToken: TOKEN, redis: redis.url })));
    const [one, other] = arenas as [RunningArena, RunningArena];
    try {
      const { body } = await one.send<{ token: string }>('POST', '/admin/cache/clear-requests', TOKEN);
      expect((await other.send('POST', '/admin/cache/clear', TOKEN, body)).status).toBe(400);
      const { token } = body;
      expect((await other.send('POST', '/admin/cache/clear', TOKEN, { token })).status).toBe(204);
      expect((await one.send('POST', '/admin/cache/clear', TOKEN, { token })).status).toBe(409);
      redis.pause();
      const report = await one.send<InvalidationReportAnswer>('POST', '/admin/cache/invalidate', TOKEN, {
        keys: [['items', 'list']],
      });
      expect(report).toMatchObject({
        status: 200,
        body: { delivered: 0, undelivered: [{ key: ['items', 'list'] }], failed: [], skipped: [] },
      });
    } finally {
      redis.resume();
      await Promise.all(arenas.map((arena) => arena.close()));
      await redis.stop();
    }
  }, 60_000);
});

it('an emergency clear while Redis is away clears this arena at once, reports that, and clears the other when Redis is back', async () => {
  const redis = await RedisServer.start();
  const arenas = await Promise.all([1, 2].map(() => runArena({ adminToken: TOKEN, redis: redis.url })));
  const [one, other] = arenas as [RunningArena, RunningArena];
  const entries = async (arena: RunningArena) =>
    (await arena.get<CacheStats>('/admin/cache/stats', TOKEN)).body.entries;
  const key = encodeURIComponent(JSON.stringify(['tournaments', '9']));
  const verdict = async () => {
    const { status, body } = await other.get<EntryInfo>(`/admin/cache/inspect?key=${key}`, TOKEN);
    return status === 404 ? 'none' : body.verdict;
  };
  try {
    for (const arena of arenas) await arena.get('/v1/tournaments/9');
    expect(await verdict()).toBe('hit');
    await redis.kill();
    const { status, body } = await one.send<{ token: string }>('POST', '/admin/cache/clear-requests', TOKEN);
    expect(status).toBe(201);
    expect(await one.send('POST', '/admin/cache/clear', TOKEN, { token: body.token })).toMatchObject({
      status: 202,
      body: { delivered: false, detail: expect.stringContaining('Redis is unreachable') },
    });
    expect(await entries(one)).toBe(0);
    await redis.restart();
    await until(async () => ['none', 'invalidated'].includes(await verdict()));
  } finally {
    await Promise.all(arenas.map((arena) => arena.close()));
    await redis.stop();
  }
}, 60_000);

it('a bulk request stops at the first error if it asks to', async () => {
  const redis = await RedisServer.start();
  const arena = await runArena({ adminToken: TOKEN, redis: redis.url });
  const keys = Array.from({ length: 1000 }, (_, id) => ['items', String(id)]);
  const invalidate = async (continueOnError: boolean) => {
    const body = { keys, tags: ['a', 'b'], continueOnError };
    return (await arena.send<InvalidationReportAnswer>('POST', '/admin/cache/invalidate', TOKEN, body)).body;
  };
  try {
    await redis.kill();
    const [stopped, finished] = [await invalidate(false), await invalidate(true)];
    expect([stopped.undelivered.length, stopped.skipped]).toEqual([1000, [{ tag: 'a' }, { tag: 'b' }]]);
    expect([finished.undelivered.length, finished.skipped]).toEqual([1002, []]);
  } finally {
    await arena.close();
    await redis.stop();
  }
}, 60_000);
