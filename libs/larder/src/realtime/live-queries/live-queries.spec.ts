import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type NestInterceptor,
  NotFoundException,
  Param,
  ParseIntPipe,
  Patch,
  Post,
  Query,
  Scope,
  UnauthorizedException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { map } from 'rxjs';
import { type Deferred, defer } from '../../../../../test/support/defer.js';
import { LiveSocket } from '../../../../../test/support/realtime/live-socket.js';
import { until } from '../../../../../test/support/until.js';
import { LiveClient, type LiveProblem } from '../../client/index.js';
import { Cache, Cacheable, CacheWriteThrough, LarderModule } from '../../index.js';
import { listen, type SocketMessage } from '../../observability/index.js';
import { RedisIoAdapter } from '../index.js';
import { LiveQueriesGateway } from './live-queries.gateway.js';
import type { Rooms } from './rooms.js';

const loads: string[] = [];
const rights = new Map<string, string>();
let held: Deferred<string | undefined>;

@Injectable()
class Rights {
  userOf(token: string | undefined): string | undefined {
    return rights.get(token ?? '');
  }
}

@Injectable()
class SignedIn implements CanActivate {
  constructor(private readonly rights: Rights) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<{ headers: { authorization?: string }; user?: string }>();
    request.user = this.rights.userOf(request.headers.authorization?.replace('Bearer ', ''));
    if (request.user === undefined) throw new UnauthorizedException('Sign in.');
    return true;
  }
}

@Injectable()
class HideSecrets implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value: object) => ({ ...value, secret: undefined })));
  }
}

const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<{ user: string }>().user,
);

@Injectable()
class Inside {
  @Cacheable({ key: () => ['inside'] })
  async secret() {
    return 'secret';
  }
}

@Controller('things')
class Things {
  constructor(private readonly inside: Inside) {}

  @Get('lost')
  @Cacheable({ key: () => ['lost'], valueTags: ({ seller }: { seller: string }) => [`seller:${seller}`] })
  async lost() {
    await this.inside.secret();
    return loads.length > 0 ? { seller: 'ana' } : null;
  }

  @Get()
  @Cacheable({ key: ({ colour = 'any' }: { colour?: string }) => ['things', 'list', colour], tags: ['all-things'] })
  async list(@Query() { colour = 'any' }: { colour?: string }) {
    loads.push(colour);
    return { colour, load: loads.length };
  }

  @Get('sold')
  @Cacheable({ key: () => ['sold'], valueTags: ({ seller }: { seller: string }) => [`seller:${seller}`] })
  async sold() {
    loads.push('sold');
    return { seller: 'ana', load: loads.length };
  }

  @Get('mine')
  @UseGuards(SignedIn)
  @UseInterceptors(HideSecrets)
  @Cacheable({ key: (user: string) => ['things', 'of', user] })
  async mine(@CurrentUser() user: string) {
    loads.push(user);
    return { user, secret: 'hidden', load: loads.length };
  }

  @Get('profile')
  @UseGuards(SignedIn)
  @Cacheable({ key: () => ['things', 'profile'] })
  async profile(@CurrentUser() user: string) {
    loads.push(user);
    return { user, load: loads.length };
  }

  @Get('settings')
  @UseGuards(SignedIn)
  @Cacheable({ key: () => ['things', 'settings'], scope: 'user' })
  async settings(@CurrentUser() user: string) {
    loads.push(user);
    return { user, load: loads.length };
  }

  @Patch('settings')
  @UseGuards(SignedIn)
  @CacheWriteThrough({ key: () => ['things', 'settings'], scope: 'user' })
  async change(@CurrentUser() user: string) {
    return { user, load: 'written' };
  }

  @Get('held')
  @Cacheable({ key: () => ['things', 'held'] })
  async held() {
    loads.push('held');
    const failure = await held.promise;
    if (failure !== undefined) throw new NotFoundException(failure);
    return { load: loads.length };
  }

  @Get(':id')
  @Cacheable({ key: (id: number) => ['things', id] })
  async one(@Param('id', ParseIntPipe) id: number) {
    loads.push(String(id));
    if (id === 404) throw new NotFoundException('No such thing.');
    return { id, load: loads.length };
  }

  @Post()
  @Cacheable({ key: () => ['things', 'posted'] })
  async post() {
    return {};
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller('scoped')
@UseGuards(PerRequest)
class Scoped {
  @Get()
  @Cacheable({ key: () => ['scoped'] })
  async show() {
    return 'scoped';
  }
}

@Module({
  imports: [
    LarderModule.forRoot({
      realtime: { interval: 100, maxQueriesPerSocket: 3 },
      identify: ({ user }) => user as string | undefined,
    }),
  ],
  controllers: [Things, Scoped],
  providers: [Rights, Inside],
})
class App {}

let close: () => Promise<void>;
let url: string;
let cache: Cache;
let gateway: LiveQueriesGateway;
const sockets: LiveSocket[] = [];

async function connect(token?: string): Promise<LiveSocket> {
  const socket = await LiveSocket.connect(url, token);
  sockets.push(socket);
  return socket;
}

beforeEach(async () => {
  loads.length = 0;
  held = defer();
  rights.clear();
  rights.set('anna-token', 'anna').set('bert-token', 'bert');
  await start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  delete process.env.LARDER_LIVE_QUERIES;
  await close();
});

async function start(): Promise<void> {
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  app.useWebSocketAdapter(await RedisIoAdapter.create(app, { limits: { perSecond: 5000, burst: 5000 } }));
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  cache = app.get(Cache);
  gateway = app.get(LiveQueriesGateway, { strict: false });
  close = () => app.close();
}

describe('a live query', () => {
  it('sends `invalidated`, and a read after that gets a new value', async () => {
    const socket = await connect();
    expect(await socket.subscribe({ id: 'a', query: 'Things.list', args: [{ colour: 'red' }] })).toEqual({ ok: true });
    const read = async () => (await fetch(`${url}/things?colour=red`)).json();
    expect(await read()).toEqual({ colour: 'red', load: 1 });
    await cache.invalidate(['things', 'list', 'red']);
    expect(await socket.untilTold('invalidated')).toMatchObject({ id: 'a' });
    expect(await read()).toEqual({ colour: 'red', load: 2 });
  });

  it('sends the value at the start and after each invalidation, in mode value', async () => {
    const socket = await connect();
    const message = { id: 'a', query: 'Things.one', args: [7], mode: 'value' };
    expect(await socket.subscribe(message)).toEqual({ ok: true, value: { id: 7, load: 1 } });
    await cache.invalidate(['things', 7]);
    expect(await socket.untilTold('value')).toMatchObject({ id: 'a', value: { id: 7, load: 2 } });
  });

  it('numbers the messages of mode patch, and sends a value whole where the difference is not smaller', async () => {
    const socket = await connect();
    const message = { id: 'a', query: 'Things.one', args: [7], mode: 'patch' };
    expect(await socket.subscribe(message)).toEqual({ ok: true, value: { id: 7, load: 1 }, seq: 1 });
    await cache.invalidate(['things', 7]);
    expect(await socket.untilTold('value')).toEqual({ event: 'value', id: 'a', value: { id: 7, load: 2 }, seq: 2 });
  });

  it.each(['value', 'patch'])('sends no event before the first value, in mode %s', async (mode) => {
    const socket = await connect();
    await socket.subscribe({ id: 'b', query: 'Things.one', args: [7] });
    const first = socket.subscribe({ id: 'a', query: 'Things.held', mode });
    const order: string[] = [];
    void first.then(() => order.push('first'));
    socket.socket.on('value', () => order.push('event'));
    await until(() => loads.includes('held'));
    const slow = held;
    // A load that begins after a change is not slow.
    held = defer();
    held.resolve(undefined);
    for (const times of [1, 2]) {
      await cache.invalidate(['things']);
      await socket.untilTold('invalidated', times);
    }
    slow.resolve(undefined);
    await socket.untilTold('value');
    expect([order, socket.of('value')[0]?.value]).toEqual([['first', 'event'], { load: 2 }]);
  });

  it('notices any change while its value shows no tags, whatever else its load reads from the cache', async () => {
    const socket = await connect();
    await socket.subscribe({ id: 'a', query: 'Things.lost', mode: 'value' });
    loads.push('found');
    const { tag } = await import('../../index.js');
    await cache.invalidate(tag('seller:ana'));
    expect(await socket.untilTold('value')).toMatchObject({ value: { seller: 'ana' } });
  });

  it.each([
    ['its key', () => cache.invalidate(['things', 'list', 'red'])],
    ['a prefix of its key', () => cache.invalidate(['things'])],
    ['one of its tags', async () => cache.invalidate((await import('../../index.js')).tag('all-things'))],
    ['everything', async () => cache.invalidate((await import('../../index.js')).pattern('*'))],
  ])('sends `invalidated` when the application invalidates %s', async (_, invalidate) => {
    const socket = await connect();
    await socket.subscribe({ id: 'a', query: 'Things.list', args: [{ colour: 'red' }] });
    await invalidate();
    await socket.untilTold('invalidated');
  });

  it('tells the channel of sockets who came, followed, learned something, was refused and left', async () => {
    const told: SocketMessage[] = [];
    const stop = listen('nest-larder:socket', (message) => told.push(message));
    const socket = await connect();
    await socket.subscribe({ id: 'a', query: 'Things.list', args: [{}] });
    await cache.invalidate(['things']);
    await socket.untilTold('invalidated');
    await socket.subscribe({ id: 'b', query: 'Things.mine' });
    await socket.subscribe({ id: 'c', query: 'Things.nothing' });
    socket.close();
    await until(() => ['disconnected', 'unsubscribed'].every((type) => told.some((message) => message.type === type)));
    stop();
    const query = 'Things.list';
    const came = told.filter(({ type }) => /connected/.test(type));
    expect(came).toEqual(['connected', 'disconnected'].map((type) => ({ type, namespace: '/live' })));
    expect(told.filter((message) => !came.includes(message))).toEqual([
      { type: 'subscribed', query },
      { type: 'told', query },
      { type: 'refused', query: undefined, code: 'not-allowed' },
      { type: 'refused', query: undefined, code: 'unknown-query' },
      { type: 'unsubscribed', query },
    ]);
  });

  it('sends nothing for invalidations of other values, nor after `unsubscribe`', async () => {
    const socket = await connect();
    await socket.subscribe({ id: 'red', query: 'Things.list', args: [{ colour: 'red' }] });
    await socket.subscribe({ id: 'blue', query: 'Things.list', args: [{ colour: 'blue' }] });
    await socket.subscribe({ id: 'gone', query: 'Things.list', args: [{ colour: 'blue' }] });
    await socket.socket.emitWithAck('unsubscribe', { id: 'gone' });
    await cache.invalidate(['things', 'list', 'blue']);
    await socket.untilTold('invalidated');
    await cache.invalidate(['things', 'list', 'red']);
    await socket.untilTold('invalidated', 2);
    expect(socket.of('invalidated').map(({ id }) => id)).toEqual(['blue', 'red']);
  });

  it('follows the tags that its value has, and not those of other values', async () => {
    const socket = await connect();
    await socket.subscribe({ id: 'sold', query: 'Things.sold', args: [], mode: 'value' });
    await socket.subscribe({ id: 'red', query: 'Things.list', args: [{ colour: 'red' }], mode: 'value' });
    const { tag } = await import('../../index.js');
    await cache.invalidate(tag('seller:ben'), ['things', 'list', 'red']);
    await socket.untilTold('value');
    await cache.invalidate(tag('seller:ana'));
    await socket.untilTold('value', 2);
    expect(socket.of('value').map(({ id }) => id)).toEqual(['red', 'sold']);
  });

  it('sends at most one event per interval, and one after the last invalidation', async () => {
    const socket = await connect();
    await socket.subscribe({ id: 'a', query: 'Things.one', args: [7], mode: 'value' });
    await cache.invalidate(['things', 7]);
    await socket.untilTold('value');
    for (let time = 0; time < 50; time++) await cache.invalidate(['things', 7]);
    await socket.untilTold('value', 2);
    await cache.invalidate(['things', 7]);
    await socket.untilTold('value', 3);
    expect([socket.of('value').length, loads.length]).toEqual([3, 4]);
  });

  it('runs one load per invalidation for a thousand subscriptions', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 334 }, () => connect()));
    const all = [first as LiveSocket, ...others];
    for (const id of ['a', 'b', 'c']) {
      await Promise.all(all.map((socket) => socket.subscribe({ id, query: 'Things.one', args: ['7'], mode: 'value' })));
    }
    expect(loads.length).toBe(1);
    await cache.invalidate(['things', 7]);
    await Promise.all(all.map((socket) => socket.untilTold('value', 3)));
    expect(loads.length).toBe(2);
    for (const socket of all)
      expect(socket.of('value').map(({ value }) => value)).toEqual(Array(3).fill({ id: 7, load: 2 }));
  }, 60_000);
});

describe('two subscriptions with one id at once', () => {
  /** How many queries have subscriptions. */
  const rooms = () => (gateway as unknown as { rooms: Rooms }).rooms.size;
  const other = { id: 'a', query: 'Things.one', args: [7], mode: 'value' };

  it.each([
    ['fails after the other has begun', 'Failed meanwhile.'],
    ['succeeds after the other has begun', undefined],
  ])('keep the second, and leave no room after the disconnect, if the first %s', async (_, failure) => {
    const socket = await connect();
    const first = socket.subscribe({ id: 'a', query: 'Things.held', mode: 'value' });
    await until(() => loads.includes('held'));
    expect(await socket.subscribe(other)).toMatchObject({ ok: true });
    held.resolve(failure);
    await first;
    await cache.invalidate(['things', 7]);
    await socket.untilTold('value');
    expect(rooms()).toBe(1);
    socket.close();
    await until(() => rooms() === 0, 2000);
  });

  it('leave no room if the socket disconnects or unsubscribes while the first one loads', async () => {
    const [leaving, ending] = [await connect(), await connect()];
    const begun = [leaving, ending].map((socket) => socket.subscribe({ id: 'a', query: 'Things.held', mode: 'value' }));
    await until(() => loads.includes('held') && rooms() === 1);
    expect(await ending.socket.emitWithAck('unsubscribe', { id: 'a' })).toEqual({ ok: true });
    leaving.close();
    held.resolve(undefined);
    await Promise.allSettled(begun);
    await until(() => rooms() === 0, 2000);
  });
});

describe('a subscription that is no longer allowed', () => {
  it('does not count against the limit of the socket', async () => {
    const anna = await connect('anna-token');
    for (const id of ['a', 'b', 'c']) await anna.subscribe({ id, query: 'Things.mine' });
    rights.delete('anna-token');
    await cache.invalidate(['things']);
    await anna.untilTold('refused', 3);
    expect(await anna.subscribe({ id: 'd', query: 'Things.one', args: [1] })).toEqual({ ok: true });
  });
});

describe('access to a query', () => {
  it('refuses a caller whom the guard refuses, and sends it no event', async () => {
    const [guest, anna] = [await connect(), await connect('anna-token')];
    const message = { id: 'm', query: 'Things.mine', mode: 'value' };
    expect(await guest.subscribe(message)).toMatchObject({ ok: false, code: 'not-allowed' });
    expect(await anna.subscribe(message)).toMatchObject({ ok: true, value: { user: 'anna' } });
    await cache.invalidate(['things']);
    await anna.untilTold('value');
    expect(guest.told.map(({ event }) => event)).toEqual(['exception']);
  });

  it('gives each user their own value, after the interceptors of the route', async () => {
    const [anna, bert] = [await connect('anna-token'), await connect('bert-token')];
    const message = { id: 'm', query: 'Things.mine', mode: 'value' };
    expect((await anna.subscribe(message)).value).toEqual({ user: 'anna', load: 1 });
    expect((await bert.subscribe(message)).value).toEqual({ user: 'bert', load: 2 });
    await cache.invalidate(['things', 'of', 'anna']);
    expect((await anna.untilTold('value')).value).toEqual({ user: 'anna', load: 3 });
    expect(bert.told).toEqual([]);
  });

  it('gives no user the value of another if a guarded method has no `scope` and no user in its key', async () => {
    const [anna, bert] = [await connect('anna-token'), await connect('bert-token')];
    const message = { id: 'm', query: 'Things.profile', mode: 'value' };
    expect((await anna.subscribe(message)).value).toEqual({ user: 'anna', load: 1 });
    expect((await bert.subscribe(message)).value).toEqual({ user: 'bert', load: 2 });
    await cache.invalidate(['things', 'profile']);
    expect((await anna.untilTold('value')).value).toMatchObject({ user: 'anna' });
    expect((await bert.untilTold('value')).value).toMatchObject({ user: 'bert' });
  });

  it('caches one value per user with `scope: user`, over sockets and HTTP', async () => {
    const [anna, phone, bert] = [await connect('anna-token'), await connect('anna-token'), await connect('bert-token')];
    const message = { id: 'm', query: 'Things.settings', mode: 'value' };
    expect((await anna.subscribe(message)).value).toEqual({ user: 'anna', load: 1 });
    expect((await phone.subscribe(message)).value).toEqual({ user: 'anna', load: 1 });
    expect((await bert.subscribe(message)).value).toEqual({ user: 'bert', load: 2 });
    const response = await fetch(`${url}/things/settings`, { headers: { authorization: 'Bearer bert-token' } });
    expect(await response.json()).toEqual({ user: 'bert', load: 2 });
    await cache.invalidate(['things', 'settings']);
    const told = await Promise.all([anna, phone, bert].map(async (socket) => (await socket.untilTold('value')).value));
    expect(told).toEqual(['anna', 'anna', 'bert'].map((user) => ({ user, load: expect.any(Number) })));
    expect(loads.length).toBe(4);
  });

  it('sends an event for a write of the same user, and none for a write of another', async () => {
    const [anna, bert] = [await connect('anna-token'), await connect('bert-token')];
    for (const socket of [anna, bert]) await socket.subscribe({ id: 'm', query: 'Things.settings', mode: 'value' });
    const headers = { authorization: 'Bearer anna-token' };
    await fetch(`${url}/things/settings`, { method: 'PATCH', headers });
    expect((await anna.untilTold('value')).value).toEqual({ user: 'anna', load: 'written' });
    await cache.invalidate(['things', 'settings']);
    expect((await bert.untilTold('value')).value).toMatchObject({ user: 'bert' });
    expect(bert.of('value')).toHaveLength(1);
  });

  it('sends `refused` once when the right ends, and nothing after that', async () => {
    const anna = await connect('anna-token');
    await anna.subscribe({ id: 'm', query: 'Things.mine', mode: 'value' });
    rights.delete('anna-token');
    await cache.invalidate(['things']);
    expect(await anna.untilTold('refused')).toMatchObject({ id: 'm', code: 'not-allowed' });
    rights.set('anna-token', 'anna');
    await anna.subscribe({ id: 'n', query: 'Things.list', args: [{}] });
    // Three events: the room of the other query would have sent one by then.
    for (const times of [1, 2, 3]) {
      await cache.invalidate(['things']);
      await anna.untilTold('invalidated', times);
    }
    expect(anna.of('value')).toEqual([]);
  });
});

describe('subscribe refuses', () => {
  it.each(['Things.post', 'Things.nothing', 'Inside.secret', 'Scoped.show', '__proto__', 'constructor'])(
    '%s: unknown query',
    async (query) => {
      const socket = await connect();
      expect(await socket.subscribe({ id: 'a', query })).toMatchObject({ ok: false, code: 'unknown-query' });
    },
  );

  it('arguments that the pipes of the route refuse', async () => {
    const socket = await connect();
    const answer = await socket.subscribe({ id: 'a', query: 'Things.one', args: ['seven'] });
    expect(answer).toMatchObject({ ok: false, code: 'failed', message: expect.stringContaining('numeric string') });
  });

  it('arguments for which the route throws', async () => {
    const socket = await connect();
    const answer = await socket.subscribe({ id: 'a', query: 'Things.one', args: [404], mode: 'value' });
    expect(answer).toMatchObject({ ok: false, message: 'No such thing.' });
  });

  it.each([
    ['undefined', undefined],
    ['a string', 'Things.list'],
    ['without an id', { query: 'Things.list' }],
    ['with an id that is too long', { id: 'x'.repeat(65), query: 'Things.list' }],
    ['with an object as id', { id: { length: { toString: 1 } }, query: 'Things.list' }],
    ['with an object as arguments', { id: 'a', query: 'Things.list', args: { length: { toString: 1 } } }],
    [
      'with thousands of unknown members',
      Object.fromEntries(Array.from({ length: 4000 }, (_, at) => [`member${at}`, 0])),
    ],
    ['with an unknown mode', { id: 'a', query: 'Things.list', mode: 'everything' }],
    ['with an array-like object as arguments', { id: 'a', query: 'Things.list', args: { length: 1e9 } }],
  ])('a message %s', async (_, message) => {
    const socket = await connect();
    const refusal = await socket.subscribe(message as object);
    expect(refusal).toMatchObject({ ok: false, code: 'invalid-message' });
    expect(JSON.stringify(refusal).length).toBeLessThan(400);
    expect(socket.of('exception')).toHaveLength(1);
    expect(await socket.subscribe({ id: 'a', query: 'Things.list', args: [{}] })).toEqual({ ok: true });
  });

  it.each([
    ['an object in the query', 'Things.list', [{ colour: { toString: 1 } }]],
    ['a list of objects in the query', 'Things.list', [{ colour: [{ toString: 1 }] }]],
    ['an object in the path', 'Things.one', [{ toString: 1 }]],
    ['a list of objects in the path', 'Things.one', [[{ toString: 1 }]]],
  ])('%s, with an error that names the fault', async (_, query, args) => {
    const socket = await connect();
    const answer = await socket.subscribe({ id: 'a', query, args });
    expect(answer).toMatchObject({ ok: false, message: expect.not.stringContaining('Something went wrong') });
  });

  it('one query more than `maxQueriesPerSocket`', async () => {
    const socket = await connect();
    for (const id of ['a', 'b', 'c']) await socket.subscribe({ id, query: 'Things.list', args: [{}] });
    expect(await socket.subscribe({ id: 'd', query: 'Things.list', args: [{}] })).toMatchObject({
      ok: false,
      code: 'too-many-subscriptions',
    });
  });
});

describe('while LARDER_LIVE_QUERIES is off', () => {
  beforeEach(async () => {
    await close();
    process.env.LARDER_LIVE_QUERIES = 'off';
    await start();
  });

  const OFF = { ok: false, code: 'off', message: expect.stringContaining('LARDER_LIVE_QUERIES') };

  it.each([
    ['subscribe', { id: 'a', query: 'Things.list', args: [{}] }],
    ['unsubscribe', { id: 'a' }],
    ['subscribe', 'an invalid message'],
  ])('the server acknowledges %s with the code `off`, for %j', async (name, message) => {
    const { socket } = await connect();
    expect(await socket.timeout(5_000).emitWithAck(name, message)).toEqual(OFF);
  });

  it('a LiveClient reports the problem to its caller once', async () => {
    const { socket } = await connect();
    const problems: LiveProblem[] = [];
    const live = new LiveClient(socket);
    live.values(
      'Things.list',
      [{}],
      () => {},
      (problem) => problems.push(problem),
    );
    await until(() => problems.length > 0);
    expect(problems).toEqual([{ code: 'off', message: OFF.message }]);
  });
});
