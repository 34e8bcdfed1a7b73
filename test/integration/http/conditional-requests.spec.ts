import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, ParseIntPipe, type Type, UseGuards } from '@nestjs/common';
import { Cacheable } from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { type Asking, ask, type Received } from '../../support/http/ask.js';
import { directivesOf, HttpCache } from '../../support/http/http-cache.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running } from '../../support/nest-application.js';

const applications = new NestApplications();
let loads = 0;
let failing = false;

afterEach(() => applications.close());

class LetIn {
  canActivate() {
    return true;
  }
}

/** The same methods, with a fast lane and without. */
function itemsWith(fastLane: boolean): Type<unknown> {
  @Controller('items')
  class Items {
    @Get(':id')
    @Cacheable({
      key: (id: number) => ['items', id],
      ttl: '5m',
      scope: 'shared',
      http: { maxAge: Infinity, showKey: true, fastLane },
    })
    async one(@Param('id', ParseIntPipe) id: number) {
      return { id, name: 'Größe ≥ 1', loads: ++loads };
    }

    @Get(':id/weak')
    @Cacheable({
      key: (id: number) => ['weak', id],
      scope: 'shared',
      http: { etag: 'weak', vary: ['Accept-Language'], fastLane },
    })
    async weak(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/plain')
    @Cacheable({ key: (id: number) => ['plain', id], scope: 'shared', http: false })
    async plain(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/asked')
    @Cacheable({ key: (id: number) => ['asked', id], scope: 'shared', http: { maxAge: 0, fastLane } })
    async asked(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/short')
    @Cacheable({ key: (id: number) => ['short', id], ttl: '5m', scope: 'shared', http: { maxAge: '10s', fastLane } })
    async short(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/guarded')
    @UseGuards(LetIn)
    @Cacheable({ key: (id: number) => ['guarded', id], scope: 'shared' })
    async guarded(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/renewable')
    @Cacheable({
      key: (id: number) => ['renewable', id],
      ttl: '5m',
      scope: 'shared',
      http: { revalidate: true, fastLane },
    })
    async renewable(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/stale')
    @Cacheable({
      key: (id: number) => ['stale', id],
      ttl: '1m',
      staleWhileRevalidate: '2m',
      scope: 'shared',
      http: { maxAge: Infinity, fastLane },
    })
    async stale(@Param('id', ParseIntPipe) id: number) {
      return { id, loads: ++loads };
    }

    @Get(':id/fallback')
    @Cacheable({
      key: (id: number) => ['fallback', id],
      ttl: '1m',
      staleIfError: '2m',
      scope: 'shared',
      http: { maxAge: Infinity, fastLane },
    })
    async fallback(@Param('id', ParseIntPipe) id: number) {
      loads++;
      if (failing) throw new Error('The database is gone');
      return { id };
    }
  }
  return Items;
}

const WAYS = PLATFORMS.flatMap(([name, make]) =>
  [false, true].map((fastLane) => [fastLane ? `${name}, by the fast lane` : name, make, fastLane] as const),
);

describe.each(WAYS)('a client that follows RFC 9110 and 9111, on %s', (_, makeAdapter, fastLane) => {
  let clock: FakeClock;
  let app: Running;

  beforeEach(async () => {
    loads = 0;
    failing = false;
    clock = new FakeClock();
    app = await applications.start(
      { controllers: [itemsWith(fastLane)] },
      { adapter: makeAdapter(), larder: { clock, backgroundRefresh: false } },
    );
  });

  const get = (path: string, headers: Asking['headers'] = {}) => ask(`${app.url}${path}`, { headers });

  it('receives the fields of a miss, then of a hit', async () => {
    const miss = await get('/items/1');
    expect(miss).toMatchObject({
      status: 200,
      body: Buffer.from('{"id":1,"name":"Größe ≥ 1","loads":1}').toString('latin1'),
    });
    expect(miss.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(miss.body.length),
      'cache-control': 'max-age=300',
      'cache-status': 'Larder; fwd=miss; stored; ttl=300; key="items:1"',
      etag: expect.stringMatching(/^"[\w-]{27}"$/),
    });
    expect(miss.headers.age).toBeUndefined();
    expect(miss.headers.vary).toBeUndefined();
    clock.advance(90_500);
    const hit = await get('/items/1');
    expect(hit.body).toBe(miss.body);
    expect(hit.headers).toMatchObject({
      'content-type': miss.headers['content-type'],
      'content-length': miss.headers['content-length'],
      'cache-control': 'max-age=299',
      'cache-status': 'Larder; hit; ttl=209; key="items:1"',
      etag: miss.headers.etag,
      age: '90',
    });
    expect(loads).toBe(1);
  });

  it.each([
    ['the tag', (tag: string) => tag],
    ['the tag, marked as weak', (tag: string) => `W/${tag}`],
    ['a list with it', (tag: string) => `"a,b", W/"c" ,${tag}, "d"`],
    ['any', () => '*'],
  ])('gets a 304 without a body for %s, and nothing is loaded', async (_what, fieldOf) => {
    const full = await get('/items/1');
    clock.advance(1000);
    const answer = await get('/items/1', { 'if-none-match': fieldOf(full.headers.etag as string) });
    expect(answer).toMatchObject({ status: 304, body: '' });
    for (const name of ['etag', 'cache-control', 'vary', 'cache-status'] as const) {
      const expected = name === 'cache-status' ? 'Larder; hit; ttl=299; key="items:1"' : full.headers[name];
      expect([name, answer.headers[name]]).toEqual([name, expected]);
    }
    expect(answer.headers).toMatchObject({ date: expect.any(String), age: '1' });
    expect(answer.headers['content-type']).toBeUndefined();
    expect(answer.headers['content-length'] ?? full.headers['content-length']).toBe(full.headers['content-length']);
    expect(loads).toBe(1);
  });

  it.each([
    ['another tag', '"other"'],
    ['a list of others', 'W/"a", "b"'],
    ['what is no tag', 'nonsense'],
    ['nothing', ''],
    ['an unquoted list', 'a, b, c'],
  ])('gets the whole for %s', async (_what, field) => {
    await get('/items/1');
    expect(await get('/items/1', { 'if-none-match': field })).toMatchObject({ status: 200 });
  });

  it('receives a 304 also when the value had to be loaded first', async () => {
    const full = await get('/items/1/fallback');
    await app.cache.invalidate(['fallback', 1]);
    const answer = await get('/items/1/fallback', { 'if-none-match': full.headers.etag as string });
    expect(answer).toMatchObject({ status: 304, body: '' });
    expect(loads).toBe(2);
    expect(answer.headers['cache-status']).toContain('fwd=miss; stored');
  });

  it('receives another tag when the response changes', async () => {
    const first = await get('/items/1');
    await app.cache.invalidate(['items', 1]);
    const second = await get('/items/1', { 'if-none-match': first.headers.etag as string });
    expect(second).toMatchObject({ status: 200 });
    expect(second.headers.etag).not.toBe(first.headers.etag);
  });

  it('receives for HEAD what it would receive for GET, but no body', async () => {
    const head = await ask(`${app.url}/items/1`, { method: 'HEAD' });
    const full = await get('/items/1');
    const headOfHit = await ask(`${app.url}/items/1`, { method: 'HEAD' });
    const unchanged = await ask(`${app.url}/items/1`, {
      method: 'HEAD',
      headers: { 'if-none-match': full.headers.etag as string },
    });
    expect([head.status, head.body, headOfHit.status, headOfHit.body]).toEqual([200, '', 200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control'] as const) {
      expect([name, head.headers[name], headOfHit.headers[name]]).toEqual([
        name,
        full.headers[name],
        full.headers[name],
      ]);
    }
    expect(unchanged).toMatchObject({ status: 304, body: '', headers: { etag: full.headers.etag } });
    expect([undefined, full.headers['content-length']]).toContain(unchanged.headers['content-length']);
    expect(loads).toBe(1);
  });

  it('sees the age grow and the remaining time shrink, to the second, until a new value is loaded', async () => {
    const client = new HttpCache('private', () => clock.elapsed());
    let age = 0;
    for (let second = 0; second < 300; second += 7) {
      const answer = await get('/items/1');
      expect(Number(answer.headers.age ?? 0)).toBe(second);
      expect(Number(answer.headers.age ?? 0)).toBeGreaterThanOrEqual(age);
      expect(client.freshFor(answer)).toBe(300 - second);
      age = Number(answer.headers.age ?? 0);
      clock.advance(7000);
    }
    expect((await get('/items/1')).headers['cache-status']).toContain('fwd=miss');
  });

  it('uses a response no longer than the cache itself would, then revalidates', async () => {
    const client = new HttpCache('private', () => clock.elapsed());
    await get('/items/1');
    clock.advance(100_000);
    expect(await client.get(`${app.url}/items/1`)).toMatchObject({ from: 'origin' });
    clock.advance(199_000);
    expect(await client.get(`${app.url}/items/1`)).toMatchObject({ from: 'cache' });
    clock.advance(1000);
    const after = await client.get(`${app.url}/items/1`);
    expect(after).toMatchObject({ from: 'origin', headers: { 'cache-status': expect.stringContaining('fwd=miss') } });
    expect(loads).toBe(2);
  });

  it('revalidates each time unless the method allows otherwise', async () => {
    const client = new HttpCache('private', () => clock.elapsed());
    expect((await client.get(`${app.url}/items/1/renewable`)).headers['cache-control']).toBe('no-cache');
    expect(await client.get(`${app.url}/items/1/renewable`)).toMatchObject({ from: 'revalidation' });
    expect(loads).toBe(1);
  });

  it('revalidates each time, or earlier, where the method asks for it', async () => {
    const client = new HttpCache('private', () => clock.elapsed());
    await client.get(`${app.url}/items/1/asked`);
    expect(await client.get(`${app.url}/items/1/asked`)).toMatchObject({
      from: 'revalidation',
      headers: { 'cache-control': 'max-age=0, must-revalidate' },
    });
    await client.get(`${app.url}/items/1/short`);
    clock.advance(9000);
    expect(await client.get(`${app.url}/items/1/short`)).toMatchObject({ from: 'cache' });
    clock.advance(1000);
    expect(await client.get(`${app.url}/items/1/short`)).toMatchObject({ from: 'revalidation' });
    expect(loads).toBe(2);
  });

  it('receives Vary, and a weak validator', async () => {
    const { headers } = await get('/items/1/weak');
    expect(headers).toMatchObject({ vary: 'Accept-Language', etag: expect.stringMatching(/^W\/"/) });
    expect(await get('/items/1/weak', { 'if-none-match': headers.etag as string })).toMatchObject({ status: 304 });
  });

  it('does not share responses of guarded methods', async () => {
    const proxy = new HttpCache('shared', () => clock.elapsed());
    await proxy.get(`${app.url}/items/1/guarded`);
    const again = await proxy.get(`${app.url}/items/1/guarded`);
    expect(again).toMatchObject({ from: 'origin', headers: { 'cache-control': 'private, no-cache' } });
    expect(again.headers['cache-status']).toContain('hit');
  });

  it('receives none of these fields where they are switched off', async () => {
    await get('/items/1/plain');
    const { headers } = await get('/items/1/plain');
    expect([headers['cache-control'], headers['cache-status'], headers.age]).toEqual([undefined, undefined, undefined]);
    expect(loads).toBe(1);
  });

  it('cannot force a load with no-cache, unless the method allows it', async () => {
    await get('/items/1');
    for (const field of ['no-cache', 'no-store', 'max-age=0', 'no-cache, no-store']) {
      expect((await get('/items/1', { 'cache-control': field })).headers['cache-status']).toContain('hit');
    }
    expect(loads).toBe(1);
    await get('/items/1/renewable');
    const isNew = await get('/items/1/renewable', { 'cache-control': 'no-cache' });
    expect(isNew).toMatchObject({ body: '{"id":1,"loads":3}' });
    expect(isNew.headers['cache-status']).toBe('Larder; fwd=request; stored; ttl=300');
    const unstored = await get('/items/1/renewable', { 'cache-control': 'no-store' });
    expect(unstored).toMatchObject({ body: '{"id":1,"loads":4}', headers: { 'cache-status': 'Larder; fwd=request' } });
    expect(await get('/items/1/renewable')).toMatchObject({ body: '{"id":1,"loads":3}' });
  });

  it('receives the age of a stale response, and for how long it may reuse one itself', async () => {
    expect((await get('/items/1/stale')).headers['cache-control']).toBe('max-age=60, stale-while-revalidate=120');
    clock.advance(100_000);
    const stale = await get('/items/1/stale');
    expect(stale).toMatchObject({ body: '{"id":1,"loads":1}' });
    expect(stale.headers).toMatchObject({
      age: '100',
      'cache-control': 'max-age=100, stale-while-revalidate=80',
      'cache-status': 'Larder; fwd=stale; ttl=-40',
    });
    expect(await until(async () => (await get('/items/1/stale')).body)).toBe('{"id":1,"loads":2}');
  });

  it('receives Cache-Status for a response that replaces an error', async () => {
    await get('/items/1/fallback');
    clock.advance(100_000);
    failing = true;
    const { status, headers } = await get('/items/1/fallback');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ age: '100', 'cache-control': 'max-age=0, must-revalidate' });
    expect(headers['cache-status']).toBe('Larder; fwd=stale; ttl=-40');
  });

  it('receives no cache fields with an error', async () => {
    for (const path of ['/items/x', '/nothing']) {
      const { status, headers } = await get(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(directivesOf(headers['cache-control']).has('max-age')).toBe(false);
      expect(headers['cache-status']).toBeUndefined();
    }
  });

  it('shares one load with simultaneous requests', async () => {
    const answers: Received[] = await Promise.all(Array.from({ length: 20 }, () => get('/items/7')));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.etag)).size).toBe(1);
    expect(loads).toBe(1);
  });
});

/** Resolves with the first response that differs from the previous one. */
async function until(look: () => Promise<string>): Promise<string> {
  for (;;) {
    const body = await look();
    if (!body.includes('"loads":1')) return body;
  }
}
