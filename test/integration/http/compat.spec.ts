import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Param,
  Post,
  type Provider,
  Res,
  Sse,
  StreamableFile,
  UnauthorizedException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { of } from 'rxjs';
import {
  CACHE_MANAGER,
  Cache,
  CacheInterceptor,
  CacheKey,
  CacheModule,
  type CacheModuleOptions,
  type CacheOptionsFactory,
  CacheScope,
  CacheTTL,
} from '../../../libs/larder/src/compat/index.js';
import { type CallerRequest, type Identity, pattern } from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { defer } from '../../support/defer.js';
import { type Asking, ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running } from '../../support/nest-application.js';
import { until } from '../../support/until.js';

const applications = new NestApplications();
const clock = new FakeClock();
/** Runs of handlers that have ended. */
let calls: number;
/** Runs of `Cats.all` that have begun. */
let called: number;
let gate: Promise<void> | undefined;

beforeEach(() => {
  calls = 0;
  called = 0;
  gate = undefined;
});

afterEach(() => void jest.restoreAllMocks());

@Injectable()
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    const name = request.headers['x-api-key'] ?? request.headers.authorization;
    if (name === undefined) throw new UnauthorizedException();
    // A guest is let in, but has no identity.
    if (name !== 'guest') request.user = { id: name };
    return true;
  }
}

class ByTenant extends CacheInterceptor {
  protected override trackBy(context: ExecutionContext): string | undefined {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-tenant'] && `tenant ${headers['x-tenant']}`;
  }
}

/** Without a guard, callers may be known by a header of a gateway. */
function identify({ headers, user }: CallerRequest): Identity {
  return headers['x-user'] === undefined ? (user as { id?: string } | undefined)?.id : String(headers['x-user']);
}

function tenantOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-tenant'];
}

@Controller('cats')
@UseInterceptors(CacheInterceptor)
@CacheTTL(60_000)
class Cats {
  @Get()
  async all() {
    called++;
    await gate;
    return { call: ++calls };
  }

  @Post()
  create() {
    return { call: ++calls };
  }

  @Get('short')
  @CacheTTL(() => 1000)
  short() {
    return { call: ++calls };
  }

  @Get('endless')
  @CacheTTL(0)
  endless() {
    return { call: ++calls };
  }

  @Get('broken-ttl')
  @CacheTTL(() => {
    throw new Error('no TTL');
  })
  brokenTtl() {
    return { call: ++calls };
  }

  @Get('keyed/:id')
  @CacheKey('one key')
  keyed(@Param('id') id: string) {
    return { id, call: ++calls };
  }

  @Get('factory')
  @CacheKey(tenantOf)
  factory(@Headers('x-tenant') tenant: string) {
    return { tenant, call: ++calls };
  }

  @Get('headers')
  headers(@Headers('x-tenant') tenant: string) {
    return { tenant, call: ++calls };
  }

  @Get('nothing')
  nothing() {
    calls++;
    return null;
  }

  @Get('missing')
  missing() {
    calls++;
    throw new NotFoundException();
  }

  @Get('file')
  async file() {
    await gate;
    return new StreamableFile(Readable.from([`file ${++calls}`]));
  }

  @Get('own')
  async own(@Res() response: { send(text: string): void }) {
    response.send(`own ${++calls}`);
  }

  @Sse('events')
  events() {
    return of({ data: `event ${++calls}` });
  }

  @Get('guarded')
  @UseGuards(SignedIn)
  guarded() {
    return { call: ++calls };
  }

  @Get('guarded-key')
  @UseGuards(SignedIn)
  @CacheKey('guarded')
  guardedKey() {
    return { call: ++calls };
  }

  @Get('shared')
  @UseGuards(SignedIn)
  @CacheScope('shared')
  shared() {
    return { call: ++calls };
  }
}

@Controller('tenants')
@UseInterceptors(ByTenant)
class Tenants {
  @Get()
  all() {
    return { call: ++calls };
  }
}

describe.each(PLATFORMS)('CacheInterceptor of nest-larder/compat on %s', (_, adapter) => {
  let running: Running;
  let behindGuard: Running;

  beforeAll(async () => {
    const metadata = { imports: [CacheModule.register()], controllers: [Cats, Tenants] };
    const start = (providers: Provider[] = []) =>
      applications.start({ ...metadata, providers }, { adapter: adapter(), larder: { clock, identify } });
    running = await start();
    behindGuard = await start([{ provide: APP_GUARD, useClass: SignedIn }]);
  });

  beforeEach(() => Promise.all([running, behindGuard].map(({ cache }) => cache.invalidate(pattern('*')))));

  afterAll(() => applications.close());

  async function get({ url }: Running, path: string, headers: Asking['headers'] = {}) {
    const { status, headers: received, body } = await ask(`${url}${path}`, { headers });
    return [status, received['x-cache'], body] as const;
  }

  it('caches GET by URL and query, and names that in X-Cache', async () => {
    expect(await get(running, '/cats?page=1')).toEqual([200, 'MISS', '{"call":1}']);
    expect(await get(running, '/cats?page=1')).toEqual([200, 'HIT', '{"call":1}']);
    expect(await get(running, '/cats?page=2')).toEqual([200, 'MISS', '{"call":2}']);
  });

  it('caches no other method', async () => {
    const { url } = running;
    for (const call of [1, 2]) {
      const { headers, body } = await ask(`${url}/cats`, { method: 'POST' });
      expect([headers['x-cache'], body]).toEqual([undefined, JSON.stringify({ call })]);
    }
  });

  it.each<[string, string, number, 'HIT' | 'MISS']>([
    ['the TTL of the class has not passed', '/cats', 59_999, 'HIT'],
    ['the TTL of the class has passed', '/cats', 60_001, 'MISS'],
    ['the function of the handler gives a TTL that has passed', '/cats/short', 1001, 'MISS'],
    ['the TTL of the handler is 0', '/cats/endless', 3_600_000, 'HIT'],
  ])('if %s, the answer is as documented', async (_name, path, after, expected) => {
    await get(running, path);
    clock.advance(after);
    expect((await get(running, path))[1]).toBe(expected);
  });

  it('answers uncached if the function of @CacheTTL throws', async () => {
    expect(await get(running, '/cats/broken-ttl')).toEqual([200, 'MISS', '{"call":1}']);
    expect(await get(running, '/cats/broken-ttl')).toEqual([200, 'MISS', '{"call":2}']);
  });

  it('caches by @CacheKey, as a text and as a function; a function may refuse', async () => {
    await get(running, '/cats/keyed/1');
    expect(await get(running, '/cats/keyed/2')).toEqual([200, 'HIT', '{"id":"1","call":1}']);
    expect((await get(running, '/cats/factory', { 'x-tenant': 'a' }))[1]).toBe('MISS');
    expect((await get(running, '/cats/factory', { 'x-tenant': 'b' }))[1]).toBe('MISS');
    expect((await get(running, '/cats/factory', { 'x-tenant': 'a' }))[1]).toBe('HIT');
    expect((await get(running, '/cats/factory'))[1]).toBeUndefined();
  });

  it('caches by trackBy of a subclass', async () => {
    await get(running, '/tenants?page=1', { 'x-tenant': 'a' });
    expect((await get(running, '/tenants?page=2', { 'x-tenant': 'a' }))[1]).toBe('HIT');
    expect((await get(running, '/tenants', { 'x-tenant': 'b' }))[1]).toBe('MISS');
  });

  it.each(['/cats/nothing', '/cats/missing', '/cats/file', '/cats/own'])(
    'does not store what %s answers',
    async (path) => {
      const [first] = await get(running, path);
      const [second] = await get(running, path);
      expect([second, calls]).toEqual([first, 2]);
    },
  );

  it.each([
    ['runs the handler once for concurrent requests of one key', '/cats', 1],
    ['runs the handler for each of several concurrent requests for a stream', '/cats/file', 3],
  ])('%s', async (_name, path, runs) => {
    const opened = defer<void>();
    gate = opened.promise;
    const { coalesced } = running.cache.stats();
    const asked = Promise.all([1, 2, 3].map(() => get(running, path)));
    await until(() => running.cache.stats().coalesced === coalesced + 2);
    opened.resolve();
    const bodies = (await asked).map(([, , body]) => body);
    expect([new Set(bodies).size, calls]).toEqual([runs, runs]);
  });

  it('streams server-sent events to each client', async () => {
    expect((await get(running, '/cats/events'))[2]).toContain('event 1');
    expect((await get(running, '/cats/events'))[2]).toContain('event 2');
  });

  it('serves no response that was deleted by its URL, for any caller', async () => {
    await get(running, '/cats/guarded', { 'x-api-key': 'ann' });
    await running.app.get<Cache>(CACHE_MANAGER).del('/cats/guarded');
    expect((await get(running, '/cats/guarded', { 'x-api-key': 'ann' }))[1]).toBe('MISS');
  });

  it('does not store a response whose URL was deleted while the handler ran', async () => {
    const opened = defer<void>();
    gate = opened.promise;
    const asked = get(running, '/cats');
    await until(() => called === 1);
    await running.app.get<Cache>(CACHE_MANAGER).del('/cats');
    opened.resolve();
    await asked;
    expect((await get(running, '/cats'))[1]).toBe('MISS');
  });

  // The leak guard.
  it.each<[string, string, () => Running]>([
    ['a guarded route', '/cats/guarded', () => running],
    ['a guarded route with @CacheKey', '/cats/guarded-key', () => running],
    ['a route behind a global guard', '/cats', () => behindGuard],
    ['an open route whose callers `identify` knows', '/cats', () => running],
  ])('gives each user of %s a response of their own', async (_name, path, of) => {
    const asked = of();
    const ann = { 'x-api-key': 'ann', 'x-user': 'ann' };
    const bob = { 'x-api-key': 'bob', 'x-user': 'bob' };
    expect(await get(asked, path, ann)).toEqual([200, 'MISS', '{"call":1}']);
    expect(await get(asked, path, bob)).toEqual([200, 'MISS', '{"call":2}']);
    expect(await get(asked, path, ann)).toEqual([200, 'HIT', '{"call":1}']);
    expect(await get(asked, path, bob)).toEqual([200, 'HIT', '{"call":2}']);
  });

  it.each<[string, string, Record<string, string>]>([
    ['a guarded route without an identity', '/cats/guarded', { 'x-api-key': 'guest' }],
    ['a guarded route with @CacheKey without an identity', '/cats/guarded-key', { 'x-api-key': 'guest' }],
    ['an open route with an Authorization header', '/cats', { authorization: 'Bearer x' }],
    ['an open route with a cookie', '/cats', { cookie: 'session=1' }],
    ['a route that reads headers', '/cats/headers', { 'x-tenant': 'a' }],
  ])('does not cache %s', async (_name, path, headers) => {
    expect((await get(running, path, headers))[1]).toBe('BYPASS');
    expect((await get(running, path, headers))[1]).toBe('BYPASS');
    expect(calls).toBe(2);
  });

  it('never answers a caller with credentials from the responses of anonymous callers', async () => {
    await get(running, '/cats');
    expect((await get(running, '/cats', { authorization: 'Bearer x' }))[1]).toBe('BYPASS');
    expect((await get(running, '/cats'))[1]).toBe('HIT');
  });

  it('shares the responses of a guarded route with @CacheScope', async () => {
    await get(running, '/cats/shared', { 'x-api-key': 'ann' });
    expect((await get(running, '/cats/shared', { 'x-api-key': 'bob' }))[1]).toBe('HIT');
    expect((await get(running, '/cats/shared'))[0]).toBe(401);
  });
});

@Injectable()
class Users {
  constructor(
    readonly byClass: Cache,
    @Inject(CACHE_MANAGER) readonly byToken: Cache,
  ) {}
}

@Injectable()
class Settings implements CacheOptionsFactory {
  createCacheOptions(): CacheModuleOptions {
    return { ttl: 1000, namespace: 'by class' };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

describe('CacheModule of nest-larder/compat', () => {
  const context = async (...imports: NonNullable<Parameters<typeof Module>[0]['imports']>) => {
    @Module({ imports, providers: [Users] })
    class App {}
    return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  };

  it('works without LarderModule, and injects one cache by its class and by its token', async () => {
    const app = await context(CacheModule.register());
    const { byClass, byToken } = app.get(Users);
    await byToken.set('key', 1);
    expect([byClass, await byClass.get('key')]).toEqual([byToken, 1]);
    await app.close();
  });

  it.each([
    ['register', CacheModule.register({ ttl: 1000 })],
    ['a factory', CacheModule.registerAsync({ useFactory: async () => ({ ttl: 1000 }) })],
    [
      'a factory with dependencies',
      CacheModule.registerAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => settings.createCacheOptions(),
      }),
    ],
    ['a class', CacheModule.registerAsync({ useClass: Settings })],
    ['an existing provider', CacheModule.registerAsync({ imports: [SettingsModule], useExisting: Settings })],
    [
      'a factory with further providers',
      CacheModule.registerAsync({
        extraProviders: [{ provide: 'TTL', useValue: 1000 }],
        inject: ['TTL'],
        useFactory: (ttl: number) => ({ ttl }),
      }),
    ],
  ])('takes its options from %s', async (_name, module) => {
    const app = await context(module);
    const list = await app.get<Cache>(CACHE_MANAGER).mset([{ key: 'key', value: 1 }]);
    expect(list).toEqual([{ key: 'key', value: 1, ttl: 1000 }]);
    await app.close();
  });

  it('is global if asked for', async () => {
    @Module({ providers: [Users] })
    class Feature {}
    @Module({ imports: [CacheModule.register({ isGlobal: true }), Feature] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    expect(app.get(Users).byToken).toBe(app.get(CACHE_MANAGER));
    await app.close();
  });

  it.each<[string, CacheModuleOptions, CacheModuleOptions, boolean]>([
    ['without options are apart', {}, {}, false],
    ['with one namespace share their keys', { namespace: 'one' }, { namespace: 'one' }, true],
    ['with stores share their keys, as in one Redis', { stores: [] }, { stores: [] }, true],
  ])('caches of two modules %s', async (_name, first, second, isShared) => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    @Injectable()
    class One extends Users {}
    @Injectable()
    class Two extends Users {}
    @Module({ imports: [CacheModule.register(first)], providers: [One] })
    class Ones {}
    @Module({ imports: [CacheModule.register(second)], providers: [Two] })
    class Twos {}
    @Module({ imports: [Ones, Twos] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    await app.get(One).byToken.set('key', 1);
    expect(await app.get(Two).byToken.get('key')).toBe(isShared ? 1 : undefined);
    await app.close();
  });

  it('warns about options that have no effect', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const app = await context(CacheModule.register({ stores: [], max: 100, nonBlocking: true }));
    const warnings = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('compat'));
    expect(warnings).toEqual([expect.stringContaining('ignores stores, max:')]);
    await app.close();
  });

  it('refuses invalid options, all at once', async () => {
    const options = { ttl: '5m', refreshThreshold: -1, namespace: '' } as never;
    await expect(context(CacheModule.register(options))).rejects.toThrow(
      /invalid ttl of CacheModule: got 5m[\s\S]*invalid refreshThreshold[\s\S]*invalid namespace/,
    );
  });
});
