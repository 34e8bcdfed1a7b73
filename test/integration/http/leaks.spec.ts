import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  Param,
  ParseIntPipe,
  Req,
  type Type,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  Cacheable,
  type CacheEvent,
  LarderDecoratorError,
  type LarderOptions,
} from '../../../libs/larder/src/index.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { type Deferred, defer } from '../../support/defer.js';
import { type Asking, ask, type Received } from '../../support/http/ask.js';
import { HttpCache } from '../../support/http/http-cache.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Running } from '../../support/nest-application.js';

const applications = new NestApplications();

afterEach(() => applications.close());

/** Tokens that have not been revoked, and whose they are. */
let tokens: Map<string, string>;
/** What keeps a load from ending, if anything does. */
let gate: Deferred<void> | undefined;
let loads: string[];

interface Request {
  readonly headers: Record<string, string | undefined>;
  user?: unknown;
}

@Injectable()
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const name = tokens.get(request.headers.authorization ?? request.headers['x-api-key'] ?? '');
    if (name === undefined) throw new UnauthorizedException();
    request.user = { id: name };
    return true;
  }
}

async function notificationsOf(request: Request): Promise<{ owner: string }> {
  const name = String((request.user as { id?: string } | undefined)?.id ?? request.headers['x-user'] ?? 'nobody');
  loads.push(name);
  await gate?.promise;
  return { owner: name };
}

const KEY = () => ['notifications'] as const;

/** Declared as one user's own. */
@Controller('notifications')
class Declared {
  @Get()
  @UseGuards(SignedIn)
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m', scope: 'user' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** The scope was forgotten. */
@Controller('notifications')
class Undeclared {
  @Get()
  @UseGuards(SignedIn)
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }

  @Get('second')
  @UseGuards(SignedIn)
  @Cacheable({ key: () => ['second'] })
  async second(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** The guard does not stand on the route. */
@Controller('notifications')
class Unguarded {
  @Get()
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** One user's own, and nobody can be known. */
@Controller('notifications')
class WithoutIdentity {
  @Get()
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m', scope: 'user' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** One user's own, with the next one prepared. */
@Controller('ahead')
class Prefetching {
  @Get(':page')
  @UseGuards(SignedIn)
  @Cacheable({
    key: (page: string) => ['ahead', page],
    scope: 'user',
    prefetch: (page: string, request: Request) => [String(Number(page) + 1), request],
  })
  async page(@Param('page') _page: string, @Req() request: Request) {
    return notificationsOf(request);
  }
}

/** The decorator was forgotten. */
@Controller('notifications')
class Uncached {
  @Get()
  @UseGuards(SignedIn)
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

const ALICE = { authorization: 'Bearer alice' };
const BOB = { authorization: 'Bearer bob' };
const COOKIE_OF_ALICE = { cookie: 'sid=alice', 'x-user': 'alice' };
const COOKIE_OF_BOB = { cookie: 'sid=bob', 'x-user': 'bob' };
const API_KEY_OF_ALICE = { 'x-api-key': 'Bearer alice' };
const API_KEY_OF_BOB = { 'x-api-key': 'Bearer bob' };

type Headers = NonNullable<Asking['headers']>;

/** Each way in which a method may be wrong or right about whose its answers are, and how two users reach it. */
const METHODS: readonly (readonly [what: string, controller: Type<unknown>, alice: Headers, bob: Headers])[] = [
  ["scope: 'user' and a token", Declared, ALICE, BOB],
  ["scope: 'user' and an API key", Declared, API_KEY_OF_ALICE, API_KEY_OF_BOB],
  ['no scope behind a guard', Undeclared, ALICE, BOB],
  ['no scope behind a guard that takes API keys', Undeclared, API_KEY_OF_ALICE, API_KEY_OF_BOB],
  ['no scope, no guard, a token', Unguarded, { ...ALICE, 'x-user': 'alice' }, { ...BOB, 'x-user': 'bob' }],
  ['no scope, no guard, a cookie', Unguarded, COOKIE_OF_ALICE, COOKIE_OF_BOB],
  ["scope: 'user', nobody known", WithoutIdentity, { 'x-user': 'alice' }, { 'x-user': 'bob' }],
  ['the decorator forgotten', Uncached, ALICE, BOB],
];

/** Beside the others, so that there is a fast lane before them. */
@Controller('board')
class Board {
  @Get()
  @Cacheable({ key: () => ['board'], scope: 'shared', http: { fastLane: true } })
  async list() {
    return { owner: 'everybody' };
  }
}

const WAYS = PLATFORMS.flatMap(([name, make]) =>
  [false, true].map((fastLane) => [fastLane ? `${name}, with a fast lane` : name, make, fastLane] as const),
);

describe.each(WAYS)('on %s', (_way, makeAdapter, fastLane) => {
  let clock: FakeClock;
  let events: CacheEvent[];

  beforeEach(() => {
    tokens = new Map([
      ['Bearer alice', 'alice'],
      ['Bearer bob', 'bob'],
    ]);
    gate = undefined;
    loads = [];
    events = [];
    clock = new FakeClock();
  });

  function start(controllers: Type<unknown>[], larder: LarderOptions = {}, imports: Type<unknown>[] = []) {
    const options = { clock, onEvent: (event: CacheEvent) => events.push(event), ...larder };
    const all = fastLane ? [...controllers, Board] : controllers;
    return applications.start({ controllers: all, imports }, { adapter: makeAdapter(), larder: options });
  }

  describe.each(METHODS)('with %s, what is Alice’s never reaches Bob', (_what, controller, alice, bob) => {
    let app: Running;

    beforeEach(async () => {
      app = await start([controller]);
    });

    const get = async (headers: Headers): Promise<Received> => ask(`${app.url}/notifications`, { headers });
    const ownerOf = ({ body }: Received): unknown => JSON.parse(body).owner;

    it('one after the other', async () => {
      for (const [headers, owner] of [
        [alice, 'alice'],
        [bob, 'bob'],
        [alice, 'alice'],
        [bob, 'bob'],
      ] as const) {
        expect(ownerOf(await get(headers))).toBe(owner);
      }
    });

    it('at the same time, with loads under way', async () => {
      gate = defer();
      const asked = Array.from({ length: 10 }, () => [get(alice), get(bob)]).flat();
      await seen(() => loads.includes('alice') && loads.includes('bob'));
      gate.resolve();
      const owners = (await Promise.all(asked)).map(ownerOf);
      expect(owners).toEqual(Array.from({ length: 10 }, () => ['alice', 'bob']).flat());
    });

    it('stale', async () => {
      await get(alice);
      clock.advance(90_000);
      expect(ownerOf(await get(bob))).toBe('bob');
      clock.advance(90_000);
      expect(ownerOf(await get(alice))).toBe('alice');
      expect(ownerOf(await get(bob))).toBe('bob');
    });

    it('by the validator of the other', async () => {
      const { headers } = await get(alice);
      const answer = await get({ ...bob, 'if-none-match': headers.etag ?? '"none"' });
      expect(answer).toMatchObject({ status: 200 });
      expect(ownerOf(answer)).toBe('bob');
    });

    it('through an HTTP cache that both use', async () => {
      const proxy = new HttpCache('shared', () => clock.elapsed());
      const url = `${app.url}/notifications`;
      for (const [headers, owner] of [
        [alice, 'alice'],
        [bob, 'bob'],
        [alice, 'alice'],
      ] as const) {
        const answer = await proxy.get(url, headers);
        expect([answer.from, ownerOf(answer)]).toEqual(['origin', owner]);
        if (controller !== Uncached) {
          expect(answer.headers['cache-control']).toMatch(/^private/);
          expect(answer.headers.vary).toBe('Authorization, Cookie');
        }
      }
    });

    it('through one browser, one after the other', async () => {
      const browser = new HttpCache('private', () => clock.elapsed());
      const url = `${app.url}/notifications`;
      const byHeader = 'x-api-key' in alice || !('authorization' in alice || 'cookie' in alice);
      expect(ownerOf(await browser.get(url, alice))).toBe('alice');
      // A browser sends no API keys; those who do so must not keep what is private for others.
      if (!byHeader) expect(ownerOf(await browser.get(url, bob))).toBe('bob');
    });

    it('by what the cache keeps', async () => {
      await get(alice);
      expect(await app.cache.get(KEY())).toBeUndefined();
    });
  });

  it.each(METHODS.filter(([, controller]) => controller !== Uncached))(
    'with %s, nothing that was warmed or prefetched as Alice reaches Bob',
    async (_what, controller, alice, bob) => {
      const app = await start([controller, Prefetching]);
      const asAlice = { headers: { 'x-user': 'alice' }, user: { id: 'alice' } };
      const { list } = app.app.get<{ list(request: Request): Promise<unknown> }>(controller);
      await app.cache.warm(list, [[asAlice]]);
      for (const path of ['notifications', 'ahead/0', 'ahead/1']) {
        for (const [headers, owner] of [
          [alice, 'alice'],
          [bob, 'bob'],
        ] as const) {
          const { body, status } = await ask(`${app.url}/${path}`, { headers });
          expect(status === 401 ? 'refused' : JSON.parse(body).owner).toBe(status === 401 ? 'refused' : owner);
        }
      }
    },
  );

  it('stores one user’s own for that user, and one invalidation reaches all users', async () => {
    const app = await start([Declared]);
    const url = `${app.url}/notifications`;
    for (const headers of [ALICE, BOB, ALICE, BOB]) await ask(url, { headers });
    expect(loads).toEqual(['alice', 'bob']);
    expect((await ask(url, { headers: ALICE })).headers['cache-status']).toContain('hit');
    await app.cache.invalidate(KEY());
    for (const headers of [ALICE, BOB]) await ask(url, { headers });
    expect(loads).toEqual(['alice', 'bob', 'alice', 'bob']);
  });

  it('never meets another key, whatever an identity looks like', async () => {
    const identities = ['a', 'a:b', '%user=a', 'b%3A', '1', 'ä', 'x'.repeat(600), `${'x'.repeat(600)}y`, ':', '*'];
    tokens = new Map(identities.map((identity, index) => [`Bearer ${index}`, identity]));
    const app = await start([Declared]);
    const get = async (index: number) =>
      JSON.parse(
        Buffer.from(
          (await ask(`${app.url}/notifications`, { headers: { authorization: `Bearer ${index}` } })).body,
          'latin1',
        ).toString(),
      );
    for (let round = 0; round < 2; round++) {
      for (const [index, identity] of identities.entries()) expect(await get(index)).toEqual({ owner: identity });
    }
    expect(loads).toHaveLength(identities.length);
  });

  it.each([
    ['nothing', () => undefined],
    ['null', () => null],
    ['an empty text', () => ''],
    ['no number', () => Number.NaN],
    ['an object, which tells nobody apart', () => ({ id: 1 }) as never],
    ['a promise of nothing', async () => undefined],
  ])('bypasses the cache where identify answers %s', async (_answer, identify) => {
    const app = await start([Declared], { identify });
    for (const [headers, owner] of [
      [ALICE, 'alice'],
      [BOB, 'bob'],
      [ALICE, 'alice'],
    ] as const) {
      const answer = await ask(`${app.url}/notifications`, { headers });
      expect(JSON.parse(answer.body)).toEqual({ owner });
      expect(answer.headers).toMatchObject({
        'cache-status': 'Larder; fwd=bypass; detail="no identity"',
        'cache-control': 'private, no-store',
      });
    }
    expect(app.cache.stats().entries).toBe(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no key');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no key');
      },
    ],
  ])('bypasses the cache and says so where identify %s', async (_what, identify) => {
    const app = await start([Declared], { identify });
    const answer = await ask(`${app.url}/notifications`, { headers: ALICE });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-status': expect.stringContaining('identify failed') },
    });
    expect(events).toEqual([{ type: 'identify-failed', method: 'Declared.list', error: new Error('no key') }]);
    expect(app.cache.stats().entries).toBe(0);
  });

  it('may look at headers, a token’s payload and a session, at once or later', async () => {
    const identify = async ({ headers, session }: { headers: Record<string, unknown>; session?: unknown }) =>
      (session as { userId?: string } | undefined)?.userId ?? (headers['x-user'] as string | undefined);
    @Module({})
    class Sessions {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply((request: Request & { session?: unknown }, _: unknown, next: () => void) => {
            const userId = request.headers['x-session'];
            if (userId !== undefined) request.session = { userId };
            next();
          })
          .forRoutes('*');
      }
    }
    const app = await start([WithoutIdentity], { identify: identify as never }, [Sessions]);
    const get = (headers: Headers) => ask(`${app.url}/notifications`, { headers });
    await get({ 'x-user': 'alice' });
    expect((await get({ 'x-user': 'alice' })).headers['cache-status']).toContain('hit');
    expect((await get({ 'x-user': 'bob' })).headers['cache-status']).toContain('fwd=miss');
  });

  it('runs guards and pipes at every hit', async () => {
    @Controller('items')
    class Items {
      @Get(':id')
      @UseGuards(SignedIn)
      @Cacheable({ key: (id: number) => ['items', id], scope: 'shared' })
      async one(@Param('id', ParseIntPipe) id: number) {
        return { id };
      }
    }
    const app = await start([Items]);
    const get = (path: string) => ask(`${app.url}/items/${path}`, { headers: ALICE });
    await get('1');
    expect((await get('1')).headers['cache-status']).toContain('hit');
    expect(await get('one')).toMatchObject({ status: 400 });
    tokens.delete('Bearer alice');
    const { headers } = await get('1');
    expect(await get('1')).toMatchObject({ status: 401 });
    expect(await ask(`${app.url}/items/1`, { headers: { ...ALICE, 'if-none-match': '*' } })).toMatchObject({
      status: 401,
    });
    expect(headers['cache-status']).toBeUndefined();
  });

  describe('a scope that was not declared', () => {
    it('is reported for all methods at once when the application starts, and not again', async () => {
      const app = await start([Undeclared]);
      const reported = { type: 'scope-undeclared', methods: ['Undeclared.list', 'Undeclared.second'] };
      expect(events).toEqual([reported]);
      await ask(`${app.url}/notifications`, { headers: ALICE });
      expect(events).toEqual([reported]);
    });

    it('is reported once where credentials come without a guard, and what has none is stored', async () => {
      const app = await start([Unguarded]);
      const get = (headers: Headers = {}) => ask(`${app.url}/notifications`, { headers });
      await get();
      expect((await get()).headers).toMatchObject({
        'cache-status': expect.stringContaining('hit'),
        vary: 'Authorization, Cookie',
      });
      for (let call = 0; call < 3; call++) await get(COOKIE_OF_ALICE);
      expect(events).toEqual([{ type: 'scope-undeclared', methods: ['Unguarded.list'] }]);
    });

    it('keeps a strict application from starting, naming all', async () => {
      const error = await start([Undeclared], { strictScope: true }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(LarderDecoratorError);
      expect(String(error)).toMatch(/Undeclared\.list is guarded.*\n.*Undeclared\.second is guarded/s);
    });

    it('counts as guarded by a guard for all routes, however that was set', async () => {
      @Module({ providers: [{ provide: APP_GUARD, useClass: SignedIn }] })
      class Guarded {}
      // Without the one for everybody: behind such a guard it could not take the fast lane.
      const larder: LarderOptions = { onEvent: (event) => events.push(event) };
      const all = { controllers: [Unguarded] };
      const app = await applications.start({ ...all, imports: [Guarded] }, { adapter: makeAdapter(), larder });
      const other = await applications.start(all, {
        adapter: makeAdapter(),
        larder,
        prepare: (nest) => nest.useGlobalGuards(new SignedIn()),
      });
      expect(events).toEqual([
        { type: 'scope-undeclared', methods: ['Unguarded.list'] },
        { type: 'scope-undeclared', methods: ['Unguarded.list'] },
      ]);
      for (const { url, cache } of [app, other]) {
        await ask(`${url}/notifications`, { headers: API_KEY_OF_ALICE });
        expect(cache.stats().entries).toBe(0);
      }
    });
  });

  it('lets no cache share an answer that brings a cookie along', async () => {
    @Controller('page')
    class Page {
      @Get()
      @Cacheable({ key: () => ['page'], scope: 'shared' })
      async page() {
        return { hello: 'everybody' };
      }
    }
    @Module({})
    class Cookies {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply((_: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
            response.setHeader('Set-Cookie', 'sid=1');
            next();
          })
          .forRoutes('*');
      }
    }
    const app = await start([Page], {}, [Cookies]);
    for (let call = 0; call < 2; call++) {
      expect((await ask(`${app.url}/page`)).headers['cache-control']).toMatch(/^private, /);
    }
  });
});

/** Resolves when something is so: what it waits for comes with events of the network. */
async function seen(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
