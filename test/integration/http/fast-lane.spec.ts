import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  Headers,
  type MiddlewareConsumer,
  Module,
  Param,
  ParseIntPipe,
  Query,
  Req,
  type Type,
  UseGuards,
  UseInterceptors,
  VersioningType,
} from '@nestjs/common';
import { Cacheable, LarderDecoratorError, pattern, tag } from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { type Asking, ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running, type Setting } from '../../support/nest-application.js';

const applications = new NestApplications();
let loads = 0;
let title = 'first';

afterEach(() => applications.close());

const http = { fastLane: true };
const options = { ttl: '5m', scope: 'shared', http } as const;

@Controller('items')
class Items {
  @Get()
  @Cacheable({ key: (page: string) => ['items', 'list', page], tags: [tag('all')], ...options })
  async list(@Query('page') page: string) {
    return { page, title, loads: ++loads };
  }

  @Get(':id')
  @Header('X-Kind', 'item')
  @Cacheable({ key: (id: number) => ['items', id], ...options })
  async one(@Param('id', ParseIntPipe) id: number) {
    return { id, title, loads: ++loads };
  }
}

interface NodeRequest {
  readonly headers: Record<string, string | undefined>;
  user?: unknown;
}
interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): void;
  end(body?: string): void;
}

/** The requests that reached the middleware: all that the fast lane did not answer. */
let passed: string[];
let middleware: (request: NodeRequest, response: NodeResponse) => boolean;

@Module({})
class Watched {
  configure(consumer: MiddlewareConsumer) {
    consumer
      .apply(
        (request: NodeRequest & { originalUrl?: string; url: string }, response: NodeResponse, next: () => void) => {
          passed.push(request.originalUrl ?? request.url);
          if (middleware(request, response)) next();
        },
      )
      .forRoutes('*');
  }
}

class LetIn {
  canActivate() {
    return true;
  }
}

class Passing {
  intercept(_: unknown, next: { handle(): never }) {
    return next.handle();
  }
}

describe.each(PLATFORMS)('the fast lane on %s', (_platform, makeAdapter) => {
  let clock: FakeClock;
  let app: Running;

  beforeEach(() => {
    loads = 0;
    title = 'first';
    passed = [];
    middleware = () => true;
    clock = new FakeClock();
  });

  const start = (setting: Setting = {}, controllers: Type<unknown>[] = [Items]) =>
    applications.start(
      { controllers, imports: [Watched] },
      { adapter: makeAdapter(), ...setting, larder: { clock, ...setting.larder } },
    );
  const get = (path: string, headers: Asking['headers'] = {}, method = 'GET') =>
    ask(`${app.url}${path}`, { headers, method });
  /** Requests a URL twice: from the second on the fast lane can answer it. */
  const twice = async (path: string, headers: Asking['headers'] = {}) => {
    await get(path, headers);
    passed = [];
    return get(path, headers);
  };

  it('answers a repeated exact URL ahead of middleware, with the fields of the route', async () => {
    app = await start();
    middleware = (_request, response) => {
      response.setHeader('X-Frame-Options', 'DENY');
      response.setHeader('X-Request-Id', String(passed.length));
      return true;
    };
    const first = await get('/items/1');
    clock.advance(10_000);
    const second = await get('/items/1');
    expect(passed).toEqual(['/items/1']);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(second.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(first.body.length),
      'x-kind': 'item',
      'x-frame-options': 'DENY',
      etag: first.headers.etag,
      age: '10',
      'cache-control': 'no-cache',
      'cache-status': 'Larder; hit; ttl=290',
      date: expect.any(String),
    });
    expect(second.headers['x-request-id']).toBeUndefined();
    expect(app.cache.stats().methods).toMatchObject({ 'Items.one': { hits: 1, loads: 1 } });
  });

  it('answers HEAD and conditional requests too', async () => {
    app = await start();
    const { headers } = await twice('/items/1');
    const head = await get('/items/1', {}, 'HEAD');
    expect(head).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': headers['content-length'], etag: headers.etag },
    });
    const unchanged = await get('/items/1', { 'if-none-match': `W/"x", ${headers.etag}` });
    expect(unchanged).toMatchObject({
      status: 304,
      body: '',
      headers: { etag: headers.etag, 'cache-control': 'no-cache' },
    });
    expect(unchanged.headers['content-type']).toBeUndefined();
    expect(passed).toEqual([]);
  });

  it.each([
    ['its key was invalidated', () => app.cache.invalidate(['items', 1])],
    ['a prefix of its key was', () => app.cache.invalidate(['items'])],
    ['a pattern that covers it was', () => app.cache.invalidate(pattern('*'))],
    ['it expired', async () => clock.advance(300_000)],
    [
      'it was removed and stored again elsewhere',
      async () => {
        await app.cache.set(['items', 1], { id: 1, title: 'set', loads: 0 });
        title = 'set';
        loads = -1;
      },
    ],
  ])('answers nothing old after %s', async (_what, change) => {
    app = await start();
    expect((await twice('/items/1')).body).toContain('first');
    expect(passed).toEqual([]);
    title = 'second';
    await change();
    expect((await get('/items/1')).body).toContain(title);
    expect(passed).toEqual(['/items/1']);
    expect((await get('/items/1')).body).toContain(title);
    expect(passed).toEqual(['/items/1']);
  });

  it('serves no old response after a tag was invalidated', async () => {
    app = await start();
    await twice('/items?page=1');
    title = 'second';
    await app.cache.invalidate(tag('all'));
    expect((await get('/items?page=1')).body).toContain('second');
  });

  it('never confuses URLs, and never answers one that the route would refuse', async () => {
    app = await start();
    for (let round = 0; round < 3; round++) {
      for (const id of [1, 2, 3]) expect(JSON.parse((await get(`/items/${id}`)).body)).toMatchObject({ id });
      for (const page of ['a', 'b'])
        expect(JSON.parse((await get(`/items?page=${page}`)).body)).toMatchObject({ page });
      expect(await get('/items/one')).toMatchObject({ status: 400 });
      expect(await get('/nothing')).toMatchObject({ status: 404 });
    }
    expect(await get('/items/1', {}, 'POST')).toMatchObject({ status: 404 });
    expect(loads).toBe(5);
  });

  it.each([
    ['a token', { authorization: 'Bearer alice' }],
    ['a cookie', { cookie: 'sid=alice' }],
  ])('leaves a request with %s to the route, and does not store its response', async (_what, headers) => {
    app = await start();
    await twice('/items/1', headers);
    await get('/items/1');
    expect(passed).toEqual(['/items/1', '/items/1']);
    await get('/items/1');
    expect(passed).toHaveLength(2);
    middleware = (_request, response) => {
      response.statusCode = 401;
      response.end();
      return false;
    };
    expect(await get('/items/1', headers)).toMatchObject({ status: 401 });
  });

  it('does not store a response to a user that middleware has authenticated', async () => {
    app = await start({ larder: { identify: ({ headers }) => headers['x-api-key']?.toString() } });
    middleware = (request, response) => {
      if (request.headers['x-api-key'] === 'secret') return true;
      response.statusCode = 401;
      response.end();
      return false;
    };
    expect(await twice('/items/1', { 'x-api-key': 'secret' })).toMatchObject({ status: 200 });
    expect(await get('/items/1')).toMatchObject({ status: 401 });
  });

  it('does not store a response with a cookie, another encoding, or fields of its own', async () => {
    app = await start();
    for (const [name, value] of [
      ['Set-Cookie', 'sid=1'],
      ['Cache-Control', 'no-store'],
      ['ETag', '"own"'],
      ['Vary', '*'],
      ['Content-Encoding', 'x-own'],
    ] as const) {
      middleware = (_request, response) => {
        response.setHeader(name, value);
        return true;
      };
      expect((await twice('/items/1')).headers[name.toLowerCase()]).toBeDefined();
      expect([name, passed]).toEqual([name, ['/items/1']]);
    }
  });

  it('tells requests apart by the headers in Vary', async () => {
    app = await start();
    middleware = (request, response) => {
      response.setHeader('Vary', 'Origin');
      response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? 'null');
      return true;
    };
    for (const origin of ['https://a.example', 'https://b.example', 'https://a.example']) {
      const { headers } = await twice('/items/1', { origin });
      expect([headers['access-control-allow-origin'], passed]).toEqual([origin, []]);
    }
  });

  it('stores up to its limit of URLs, and evicts the least recently used', async () => {
    app = await start({ larder: { fastLaneUrls: 3 } });
    await twice('/items/1');
    for (let noise = 0; noise < 20; noise++) {
      await get(`/items/2?nonce=${noise}`);
      passed = [];
      await get('/items/1');
      expect(passed).toEqual([]);
    }
    expect(app.cache.stats().entries).toBe(2);
    passed = [];
    await get('/items/2?nonce=0');
    expect(passed).toHaveLength(1);
  });

  it('is not installed if its limit is 0', async () => {
    app = await start({ larder: { fastLaneUrls: 0 } });
    await twice('/items/1');
    expect(passed).toEqual(['/items/1']);
  });

  it('is refused at the start for routes whose response depends on more than the URL, naming all of them', async () => {
    @Controller('wrong')
    @UseInterceptors(Passing)
    class Intercepted {
      @Get()
      @Cacheable({ key: () => ['a'], ...options })
      async list() {
        return 1;
      }
    }
    @Controller({ path: 'hosts', host: 'a.example' })
    class Hosts {
      @Get()
      @Cacheable({ key: () => ['a'], ...options })
      async list() {
        return 1;
      }
    }
    @Controller({ path: 'versions', version: '1' })
    class Versions {
      @Get()
      @Cacheable({ key: () => ['a'], ...options })
      async list() {
        return 1;
      }
    }
    @Controller('wrong')
    class Wrong {
      @Get('guarded')
      @UseGuards(LetIn)
      @Cacheable({ key: () => ['a'], ...options })
      async guarded() {
        return 1;
      }

      @Get('own')
      @Cacheable({ key: () => ['a'], scope: 'user', http })
      async own() {
        return 1;
      }

      @Get('undeclared')
      @Cacheable({ key: () => ['a'], http })
      async undeclared() {
        return 1;
      }

      @Get('request')
      @Cacheable({ key: () => ['a'], ...options })
      async request(@Req() _request: unknown) {
        return 1;
      }

      @Get('header')
      @Cacheable({ key: () => ['a'], ...options })
      async header(@Headers('accept') _accept: string) {
        return 1;
      }

      @Get('when')
      @Cacheable({ key: () => ['a'], when: () => true, ...options })
      async when() {
        return 1;
      }

      @Get('strong')
      @Cacheable({ key: () => ['a'], consistency: 'strong', ...options })
      async strong() {
        return 1;
      }

      @Get('fine')
      @Cacheable({ key: () => ['a'], ...options })
      async fine() {
        return 1;
      }
    }
    const prepare: NonNullable<Setting['prepare']> = (nest) =>
      nest.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
    const error = await start({ prepare }, [Intercepted, Hosts, Versions, Wrong]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    for (const [method, why] of [
      ['Intercepted.list', 'has interceptors of its own'],
      ['Hosts.list', 'is bound to a host'],
      ['Versions.list', 'has a version that is not part of the URL'],
      ['Wrong.guarded', 'has a guard'],
      ['Wrong.own', "lacks scope: 'shared'"],
      ['Wrong.undeclared', "lacks scope: 'shared'"],
      ['Wrong.request', 'takes parameters other than @Query() and @Param()'],
      ['Wrong.header', 'takes parameters other than @Query() and @Param()'],
      ['Wrong.when', 'has a `when`'],
      ['Wrong.strong', "has consistency: 'strong'"],
    ]) {
      expect(String(error)).toContain(`${method} cannot use the fast lane: it ${why}.`);
    }
    expect(String(error)).not.toContain('Wrong.fine');
  });

  it('is refused behind a guard for all routes', async () => {
    const prepare: NonNullable<Setting['prepare']> = (nest) => nest.useGlobalGuards(new LetIn());
    await expect(start({ prepare })).rejects.toThrow('Items.list cannot use the fast lane: it has a guard.');
  });
});
