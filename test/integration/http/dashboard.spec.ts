import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Param, Patch } from '@nestjs/common';
import { DashboardModule } from '../../../libs/larder/src/dashboard/index.js';
import { Cacheable, CacheInvalidate, Job, type LarderOptions, tag } from '../../../libs/larder/src/index.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running } from '../../support/nest-application.js';

const TOKEN = '6f0b3c1e9a7d42588e21bb07';
const BEARER = { Authorization: `Bearer ${TOKEN}` };
const SAME_SITE = { 'Sec-Fetch-Site': 'same-origin' };

const applications = new NestApplications();
afterEach(() => applications.close());

@Controller('venues')
class Venues {
  @Get(':id')
  @Cacheable({
    key: (id: string) => ['venues', id],
    tags: (id: string) => [tag(`venue:${id}`)],
    ttl: '10m',
    scope: 'shared',
  })
  async one(@Param('id') id: string) {
    return { id };
  }

  @Patch(':id')
  @CacheInvalidate({ targets: (id: string) => [tag(`venue:${id}`)] })
  async change(@Param('id') id: string) {
    return { id };
  }
}

@Injectable()
class Work {
  @Job({ name: 'tidy', cron: '0 3 1 1 *' })
  tidy() {}
}

/** A route that has the path of the dashboard too. */
@Controller()
class Pages {
  @Get(':page')
  page() {
    return 'a page of the application';
  }
}

describe.each(PLATFORMS)('the dashboard on %s', (_, makeAdapter) => {
  const start = (dashboard: LarderOptions['dashboard'], larder: LarderOptions = {}): Promise<Running> =>
    applications.start(
      { controllers: [Venues, Pages], providers: [Work] },
      { adapter: makeAdapter(), larder: { ...larder, redis: false, dashboard } },
    );

  const post = (url: string, route: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${url}/larder/api/${route}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  async function get<Body>(url: string, route: string, headers: Record<string, string> = BEARER): Promise<Body> {
    const response = await fetch(`${url}/larder/api/${route}`, { headers });
    const body = (await response.json()) as Body;
    if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
    return body;
  }

  async function cookieOf(url: string): Promise<string> {
    const response = await post(url, 'sign-in', { token: TOKEN, name: 'Ada' }, SAME_SITE);
    return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }

  it('serves a page under a strict policy, which allows no inline script, style or other origin', async () => {
    const { url } = await start(true);
    const moved = await fetch(`${url}/larder`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'larder/']);
    const response = await fetch(`${url}/larder/`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const html = await response.text();
    expect(html).not.toMatch(/<script>|<style|style=|https?:\/\/(?!www\.w3\.org)/);
    for (const [file, type] of [
      ['page.js', 'text/javascript'],
      ['page.css', 'text/css'],
    ] as const) {
      const { status, headers } = await fetch(`${url}/larder/${file}`);
      expect([status, headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    }
    expect((await fetch(`${url}/larder/../larder/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/venues/7`)).status).toBe(200);
  });

  it('needs the token: without it nothing is shown, and five wrong ones stop further tries', async () => {
    const { url } = await start({ token: TOKEN });
    expect((await fetch(`${url}/larder/api/overview`)).status).toBe(401);
    expect(await get(url, 'user')).toEqual({ name: 'token', isSession: false, hasToken: true });
    const tries: number[] = [];
    for (let wrong = 0; wrong < 6; wrong++) {
      tries.push((await post(url, 'sign-in', { token: `${TOKEN}x` }, SAME_SITE)).status);
    }
    expect(tries).toEqual([401, 401, 401, 401, 401, 429]);
    // The right token is not tried any more either: a guess must not be confirmed.
    expect((await post(url, 'sign-in', { token: TOKEN }, SAME_SITE)).status).toBe(429);
  });

  it('exchanges the token for a cookie that scripts cannot read and other sites cannot send', async () => {
    const { url } = await start({ token: TOKEN });
    const response = await post(url, 'sign-in', { token: TOKEN, name: 'Ada <b>' }, SAME_SITE);
    const header = response.headers.get('set-cookie') ?? '';
    expect(header).toMatch(/; Path=\/larder; Max-Age=43200; HttpOnly; Secure; SameSite=Strict$/);
    const [cookie = ''] = header.split(';');
    expect(await get(url, 'user', { Cookie: cookie })).toEqual({ name: 'Ada b', isSession: true, hasToken: true });
    const [content = '', signature = ''] = cookie.split('=')[1]?.split('.') ?? [];
    const other = Buffer.from(JSON.stringify(['root', Date.now() + 9e9])).toString('base64url');
    for (const forged of [`${other}.${signature}`, `${content}.${signature.slice(1)}`, content, '']) {
      const { status } = await fetch(`${url}/larder/api/user`, { headers: { Cookie: `larder-dashboard=${forged}` } });
      expect(status).toBe(401);
    }
  });

  it('refuses an action from another site, in every way that a browser can send it', async () => {
    const { url } = await start({ token: TOKEN });
    const Cookie = await cookieOf(url);
    const invalidate = (headers: Record<string, string>) =>
      post(url, 'invalidate', { targets: ['venues:7'] }, { Cookie, ...headers });
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect((await invalidate({ 'Sec-Fetch-Site': site })).status).toBe(403);
    }
    expect((await invalidate({ Origin: 'https://evil.example' })).status).toBe(403);
    expect((await invalidate({ Origin: 'null' })).status).toBe(403);
    expect((await invalidate({})).status).toBe(403);
    expect((await invalidate({ ...SAME_SITE, 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await invalidate(SAME_SITE)).status).toBe(200);
    expect((await invalidate({ Origin: url })).status).toBe(200);
  });

  it('invalidates what a preview has counted, and lists who did it', async () => {
    const { url, cache } = await start({ token: TOKEN });
    for (const id of [7, 8]) await fetch(`${url}/venues/${id}`);
    const matches = await get(url, 'matches?target=venues:7');
    expect(matches).toEqual({ memory: 1, redis: null, isComplete: true, examples: ['venues:7'] });
    expect(await get(url, 'matches?tag=venue:8')).toMatchObject({ memory: 1, examples: ['venues:8'] });
    expect(await get(url, 'matches?target=venues:*')).toMatchObject({ memory: 2 });
    const Cookie = await cookieOf(url);
    await post(url, 'invalidate', { targets: ['venues:7'] }, { Cookie, ...SAME_SITE });
    expect((await cache.inspect(['venues', 7]))?.verdict).toBe('invalidated');
    expect((await cache.inspect(['venues', 8]))?.verdict).toBe('hit');
    await post(url, 'invalidate', { tags: ['venue:8'] }, BEARER);
    expect((await cache.inspect(['venues', 8]))?.verdict).toBe('invalidated');
    expect(await get(url, 'actions')).toMatchObject([
      { by: 'token', what: 'Invalidated tag venue:8.' },
      { by: 'Ada', what: 'Invalidated venues:7.' },
    ]);
    for (const targets of [[], ['*'], ['venues::7'], ['['], 'venues:7', [7]]) {
      expect((await post(url, 'invalidate', { targets }, BEARER)).status).toBe(400);
    }
  });

  it('clears everything only with a token of the first step and the typed confirmation', async () => {
    const { url, cache } = await start({ token: TOKEN });
    await fetch(`${url}/venues/7`);
    const { token } = (await (await post(url, 'request-clear', {}, BEARER)).json()) as { token: string };
    expect((await post(url, 'clear', { token, confirmation: 'yes' }, BEARER)).status).toBe(400);
    expect((await post(url, 'clear', { token: 'x', confirmation: 'clear everything' }, BEARER)).status).toBe(409);
    expect((await cache.inspect(['venues', 7]))?.verdict).toBe('hit');
    expect((await post(url, 'clear', { token, confirmation: 'clear everything' }, BEARER)).status).toBe(200);
    expect(await cache.inspect(['venues', 7])).toBeUndefined();
  });

  it('allows thirty actions a minute', async () => {
    const { url } = await start({ token: TOKEN });
    const statuses: number[] = [];
    for (let action = 0; action < 31; action++) {
      statuses.push((await post(url, 'invalidate', { targets: ['venues:7'] }, BEARER)).status);
    }
    expect(statuses.slice(0, 30).every((status) => status === 200)).toBe(true);
    expect(statuses[30]).toBe(429);
  });

  it('pauses and resumes a job for who has the token, and lists who did it', async () => {
    const { url } = await start({ token: TOKEN });
    const job = { name: 'tidy' };
    const state = async () => (await get<{ jobs: { paused?: object }[] }>(url, 'work')).jobs[0]?.paused;
    expect((await post(url, 'pause-job', job, SAME_SITE)).status).toBe(401);
    const Cookie = await cookieOf(url);
    expect((await post(url, 'pause-job', job, { Cookie, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect(await state()).toBeUndefined();
    expect((await post(url, 'pause-job', job, { Cookie, ...SAME_SITE })).status).toBe(200);
    expect(await state()).toEqual({ by: 'Ada', since: expect.any(String) });
    const again = await post(url, 'pause-job', job, BEARER);
    expect([again.status, await again.json()]).toEqual([
      409,
      { problem: expect.stringMatching(/^The job tidy is already paused, by Ada since /) },
    ]);
    expect((await post(url, 'run-job', job, BEARER)).status).toBe(200);
    expect((await post(url, 'resume-job', job, BEARER)).status).toBe(200);
    expect(await state()).toBeUndefined();
    expect((await post(url, 'resume-job', job, BEARER)).status).toBe(409);
    expect((await post(url, 'pause-job', { name: 'none' }, BEARER)).status).toBe(409);
    expect((await post(url, 'pause-job', {}, BEARER)).status).toBe(400);
    expect(await get(url, 'actions')).toMatchObject([
      { by: 'token', what: 'Resumed the job tidy.' },
      { by: 'token', what: 'Started the job tidy.' },
      { by: 'Ada', what: 'Paused the job tidy.' },
    ]);
  });

  it('says why an entry is refused: what was invalidated, when and by whom', async () => {
    const { url } = await start({ token: TOKEN }, { diagnostics: true });
    await fetch(`${url}/venues/7`);
    const explain = () =>
      get<{ explanation: { sentence: string; next: string } }>(url, 'explain?key=/venues/7').then(
        (one) => one.explanation,
      );
    expect(await explain()).toMatchObject({
      path: 'venues:7',
      sentence: expect.stringMatching(
        /^Fresh: nothing that it depends on was invalidated, and it expires in 10 min\.$/,
      ),
      next: 'The next read gets it from the memory of this process.',
    });
    await fetch(`${url}/venues/7`, { method: 'PATCH' });
    expect(await explain()).toMatchObject({
      sentence: expect.stringMatching(
        new RegExp(
          `^Refused: tag venue:7 was invalidated \\d+ ms ago by PATCH /venues/:id on [^ ]+:${process.pid}\\.$`,
        ),
      ),
      next: 'The next read loads it from its source.',
      entry: { verdict: 'invalidated', method: 'Venues.one', tier: 'memory' },
    });
    const absent = await get<{ explanation: object }>(url, 'explain?key=venues:9');
    expect(absent.explanation).toMatchObject({ sentence: expect.stringMatching(/^Absent: /), entry: null });
    expect((await fetch(`${url}/larder/api/explain?key=a::b`, { headers: BEARER })).status).toBe(400);
  });

  it('counts as the statistics do', async () => {
    const { url, cache } = await start({ token: TOKEN });
    for (let call = 0; call < 10; call++) await fetch(`${url}/venues/7`);
    await fetch(`${url}/venues/7`, { method: 'PATCH' });
    await fetch(`${url}/venues/7`);
    const overview = await get<{ nodes: object[]; minutes: object[] }>(url, 'overview');
    const { hits, misses, loads, invalidations, entries, bytes } = cache.stats();
    expect([hits, misses]).toEqual([9, 2]);
    expect(overview).toMatchObject({
      hits,
      misses,
      loads,
      invalidations,
      entries,
      bytes,
      hitRate: 9 / 11,
      maxBytes: 128 * 1024 ** 2,
    });
    expect([overview.nodes.length, overview.minutes.length]).toEqual([1, 60]);
    expect(await get(url, 'methods')).toMatchObject({
      methods: [{ name: 'Venues.one', hits: 9, misses: 2, ttl: '10m', scope: 'shared', entries: 1, advice: [] }],
    });
    expect(await get(url, 'entries?order=hottest')).toMatchObject({
      matched: 1,
      entries: [{ id: 'venues:7', hits: 0 }],
    });
    expect(await get(url, 'work')).toMatchObject({ jobs: [{ name: 'tidy' }], counters: [], problems: [] });
  });

  it('sends figures as events, and lets the server close', async () => {
    const { url, app } = await start({ token: TOKEN });
    const response = await fetch(`${url}/larder/api/live`, { headers: BEARER });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    const event = new TextDecoder().decode(value);
    expect(JSON.parse(event.replace(/^data: /, ''))).toMatchObject({ hits: 0, nodes: [{ pid: process.pid }] });
    await app.close();
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  it('asks a guard in place of the token, and shows its name', async () => {
    const guard = ({ headers }: { headers: Record<string, unknown> }) => {
      if (headers['x-user'] === 'broken') throw new Error('no directory');
      return headers['x-user'] === 'grace' && 'grace';
    };
    const { url } = await start({ guard: guard as never, token: TOKEN });
    expect(await get(url, 'user', { 'X-User': 'grace' })).toMatchObject({ name: 'grace', hasToken: false });
    for (const headers of [{ 'X-User': 'eve' }, { 'X-User': 'broken' }, BEARER] as Record<string, string>[]) {
      expect((await fetch(`${url}/larder/api/user`, { headers })).status).toBe(403);
    }
  });

  it('without a token answers this machine only, by its own name', async () => {
    const { url } = await start({ path: '/internal/cache' });
    const { port } = new URL(url);
    const ask = async (host: string) => {
      const { request } = await import('node:http');
      return new Promise((resolve) => {
        request({ port, host: '127.0.0.1', path: '/internal/cache/api/user', headers: { Host: host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).end();
      });
    };
    expect(await ask(`localhost:${port}`)).toBe(200);
    expect(await ask(`evil.example:${port}`)).toBe(403);
  });

  it('is an import too', async () => {
    const imports = [DashboardModule.forRoot({ token: TOKEN, path: '/cache' })];
    const { url } = await applications.start({ imports }, { adapter: makeAdapter(), larder: { redis: false } });
    expect((await fetch(`${url}/cache/api/user`, { headers: BEARER })).status).toBe(200);
  });
});

describe('in production', () => {
  const start = (dashboard: LarderOptions['dashboard']) =>
    applications.start({ controllers: [Venues] }, { larder: { redis: false, dashboard } });

  it('is off without a token and without a guard', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      const open = await start(true);
      expect((await fetch(`${open.url}/larder/`)).status).toBe(404);
      const closed = await start({ token: TOKEN });
      expect((await fetch(`${closed.url}/larder/`)).status).toBe(200);
    } finally {
      process.env.NODE_ENV = before;
    }
  });
});
