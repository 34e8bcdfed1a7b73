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

/** Tokens that have not been revoked, and their users. */
let tokens: Map<string, string>;
/** Holds up loads, if set. */
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
  const name = String((request.user as { id?: string } | undefined)?.id ?? request.headers['x-user'] ?? 'anonymous');
  loads.push(name);
  await gate?.promise;
  return { owner: name };
}

const KEY = () => ['notifications'] as const;

/** Correct: `scope: 'user'`. */
@Controller('notifications')
class Declared {
  @Get()
  @UseGuards(SignedIn)
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m', scope: 'user' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** `scope` was forgotten. */
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

/** The route has no guard. */
@Controller('notifications')
class Unguarded {
  @Get()
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** `scope: 'user'`, but no request has an identity. */
@Controller('notifications')
class WithoutIdentity {
  @Get()
  @Cacheable({ key: KEY, ttl: '1m', staleWhileRevalidate: '1m', scope: 'user' })
  async list(@Req() request: Request) {
    return notificationsOf(request);
  }
}

/** `scope: 'user'`, with a prefetch of the next page. */
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

/** `@Cacheable` was forgotten. */
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

/** Each way to declare a method's scope, rightly or wrongly, and the credentials of two users. */
const METHODS: readonly (readonly [what: string, controller: Type<unknown>, alice: Headers, bob: Headers])[] = [
  ["scope: 'user' and a token", Declared, ALICE, BOB],
  ["scope: 'user' and an API key", Declared, API_KEY_OF_ALICE, API_KEY_OF_BOB],
  ['no scope behind a guard', Undeclared, ALICE, BOB],
  ['no scope behind a guard that takes API keys', Undeclared, API_KEY_OF_ALICE, API_KEY_OF_BOB],
  ['no scope, no guard, a token', Unguarded, { ...ALICE, 'x-user': 'alice' }, { ...BOB, 'x-user': 'bob' }],
  ['no scope, no guard, a cookie', Unguarded, COOKIE_OF_ALICE, COOKIE_OF_BOB],
  ["scope: 'user', no identity", WithoutIdentity, { 'x-user': 'alice' }, { 'x-user': 'bob' }],
  ['the decorator forgotten', Uncached, ALICE, BOB],
];

/** A route beside the others, so that they run behind a fast lane. */
@Controller('board')
class Board {
  @Get()
  @Cacheable({ key: () => ['board'], scope: 'shared', http: { fastLane: true } })
  async list() {
    return { owner: 'all' };
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

  describe.each(METHODS)('with %s, Alice’s values never reach Bob', (_what, controller, alice, bob) => {
    let app: Running;

    beforeEach(async () => {
      app = await start([controller]);
    });

    const get = async (headers: Headers): Promise<Received> => ask(`${app.url}/notifications`, { headers });
    const ownerOf = ({ body }: Received): unknown => JSON.parse(body).owner;

    it('in sequential requests', async () => {
      for (const [headers, owner] of [
        [alice, 'alice'],
        [bob, 'bob'],
        [alice, 'alice'],
        [bob, 'bob'],
      ] as const) {
        expect(ownerOf(await get(headers))).toBe(owner);
      }
    });

    it('in simultaneous requests, while loads run', async () => {
      gate = defer();
      const asked = Array.from({ length: 10 }, () => [get(alice), get(bob)]).flat();
      await seen(() => loads.includes('alice') && loads.includes('bob'));
      gate.resolve();
      const owners = (await Promise.all(asked)).map(ownerOf);
      expect(owners).toEqual(Array.from({ length: 10 }, () => ['alice', 'bob']).flat());
    });

    it('as stale values', async () => {
      await get(alice);
      clock.advance(90_000);
      expect(ownerOf(await get(bob))).toBe('bob');
      clock.advance(90_000);
      expect(ownerOf(await get(alice))).toBe('alice');
      expect(ownerOf(await get(bob))).toBe('bob');
    });

    it("through the other's validator", async () => {
      const { headers } = await get(alice);
      const answer = await get({ ...bob, 'if-none-match': headers.etag ?? '"none"' });
      expect(answer).toMatchObject({ status: 200 });
      expect(ownerOf(answer)).toBe('bob');
    });

    it('through a shared HTTP cache', async () => {
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

    it('through one browser, used by both in sequence', async () => {
      const browser = new HttpCache('private', () => clock.elapsed());
      const url = `${app.url}/notifications`;
      const byHeader = 'x-api-key' in alice || !('authorization' in alice || 'cookie' in alice);
      expect(ownerOf(await browser.get(url, alice))).toBe('alice');
      // A browser sends no API keys. Their clients must not store private responses for other users.
      if (!byHeader) expect(ownerOf(await browser.get(url, bob))).toBe('bob');
    });

    it('through the keys of the cache', async () => {
      await get(alice);
      expect(await app.cache.get(KEY())).toBeUndefined();
    });
  });

  it.each(METHODS.filter(([, controller]) => controller !== Uncached))(
    'with %s, nothing warmed or prefetched as Alice reaches Bob',
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

  it('stores a value per user, and one invalidation reaches all users', async () => {
    const app = await start([Declared]);
    const url = `${app.url}/notifications`;
    for (const headers of [ALICE, BOB, ALICE, BOB]) await ask(url, { headers });
    expect(loads).toEqual(['alice', 'bob']);
    expect((await ask(url, { headers: ALICE })).headers['cache-status']).toContain('hit');
    await app.cache.invalidate(KEY());
    for (const headers of [ALICE, BOB]) await ask(url, { headers });
    expect(loads).toEqual(['alice', 'bob', 'alice', 'bob']);
  });

  it('never collides with another key, for any identity', async () => {
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
    ['an object, which has no text form', () => ({ id: 1 }) as never],
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

  it('may read headers, a token’s payload and a session, synchronously or not', async () => {
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

  describe('a method without a declared scope', () => {
    it('is reported at the start, once for all methods', async () => {
      const app = await start([Undeclared]);
      const reported = { type: 'scope-undeclared', methods: ['Undeclared.list', 'Undeclared.second'] };
      expect(events).toEqual([reported]);
      await ask(`${app.url}/notifications`, { headers: ALICE });
      expect(events).toEqual([reported]);
    });

    it('is reported once if credentials come without a guard; responses without credentials are stored', async () => {
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

    it('keeps an application with strictScope from starting, naming all methods', async () => {
      const error = await start([Undeclared], { strictScope: true }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(LarderDecoratorError);
      expect(String(error)).toMatch(/Undeclared\.list is guarded.*\n.*Undeclared\.second is guarded/s);
    });

    it('counts as guarded by a guard for all routes, however that was set', async () => {
      @Module({ providers: [{ provide: APP_GUARD, useClass: SignedIn }] })
      class Guarded {}
      // `Board` is missing: behind a global guard a route cannot use the fast lane.
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

  it('lets no cache share a response that sets a cookie', async () => {
    @Controller('page')
    class Page {
      @Get()
      @Cacheable({ key: () => ['page'], scope: 'shared' })
      async page() {
        return { hello: 'all' };
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

/** Polls until a condition holds that depends on network events. */
async function seen(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
