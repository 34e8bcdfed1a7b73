import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

type Told = { event: string; body: Record<string, unknown> };

let arena: RunningArena;
const sockets: Socket[] = [];

beforeAll(async () => {
  arena = await runArena();
}, 60_000);
afterAll(() => arena.close());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

async function connect(token?: string, path = ''): Promise<{ socket: Socket; told: Told[] }> {
  const socket = io(arena.url + path, { transports: ['websocket'], forceNew: true, auth: token ? { token } : {} });
  sockets.push(socket);
  const told: Told[] = [];
  socket.onAny((event, body) => told.push({ event, body }));
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return { socket, told };
}

/** Arena still serves another client. */
async function expectServed(other: { socket: Socket } | undefined): Promise<void> {
  const { dojos } = (await other?.socket.emitWithAck('enter', { region: 'harbour' })) ?? {};
  expect(dojos).toHaveLength(3);
}

const of = (told: readonly Told[], event: string) => told.filter((one) => one.event === event).map(({ body }) => body);

describe('notifications', () => {
  it('are pushed to all sockets of their recipient with the unread count, and to no other socket', async () => {
    const [sender, recipient, stranger] = await Promise.all([2, 3, 4].map((player) => arena.signIn(player)));
    const [one, other, wrong, guest] = await Promise.all([
      connect(recipient),
      connect(recipient),
      connect(stranger),
      connect(),
    ]);
    const { body } = await arena.get<{ unread: number }>('/notifications/unread-count', recipient);
    const sent = await arena.send<{ id: string }>('POST', '/notifications', sender, {
      userId: '3',
      title: 'Hi',
      body: 'Rematch?',
    });
    await until(() => [one, other].every(({ told }) => of(told, 'notification').length === 1));
    expect(of(one?.told ?? [], 'notification')).toEqual([{ notification: sent.body, unread: body.unread + 1 }]);
    await arena.send('POST', `/notifications/${sent.body.id}/read`, recipient);
    await until(() => [one, other].every(({ told }) => of(told, 'unread').length === 1));
    expect(of(other?.told ?? [], 'unread')).toEqual([{ unread: body.unread }]);
    expect([...(wrong?.told ?? []), ...(guest?.told ?? [])]).toEqual([]);
  });

  it('are not sent to a client with an invalid token', async () => {
    await expect(connect('e30.e30.x')).rejects.toThrow('The token is not valid any more');
  });
});

describe('a socket', () => {
  it('is closed when its token expires, and receives nothing more', async () => {
    const database = await SideDoor.open(arena.dataDir);
    const [{ secret } = { secret: '' }] = await database.run<{ secret: string }>('select secret from token_secrets');
    await database.close();
    const token = await new SignJWT({ name: 'Ada', organiser: false, staff: false })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('5')
      .setIssuer('arena')
      .setExpirationTime('2s')
      .sign(Buffer.from(secret, 'base64url'));
    const [ending, staying] = await Promise.all([connect(token), connect(await arena.signIn(5))]);
    ending?.socket.io.reconnection(false);
    await until(() => ending?.socket.connected === false);
    expect(of(ending?.told ?? [], 'exception')).toEqual([expect.objectContaining({ code: 'expired' })]);
    const sender = await arena.signIn(6);
    await arena.send('POST', '/notifications', sender, { userId: '5', title: 'Private', body: 'For you alone' });
    await until(() => of(staying?.told ?? [], 'notification').length === 1);
    expect(of(ending?.told ?? [], 'notification')).toEqual([]);
  });

  it.each(['', '/live'])('of a page of another origin is refused at "%s"', async (path) => {
    const open = (origin: string) =>
      new Promise<boolean>((resolve) => {
        const extraHeaders = { origin, cookie: 'session=of-the-visitor' };
        const socket = io(arena.url + path, { transports: ['websocket'], forceNew: true, extraHeaders });
        sockets.push(socket);
        socket.on('connect', () => resolve(true));
        socket.on('connect_error', () => resolve(false));
      });
    expect(await open('https://evil.example')).toBe(false);
    expect(await open(arena.url)).toBe(true);
  });
});

describe('the map', () => {
  const STEPS = 30;

  it('sends a region many steps in one message, and other regions none', async () => {
    const [watcher, walker, elsewhere] = await Promise.all([connect(), connect(), connect()]);
    await watcher?.socket.emitWithAck('enter', { region: 'harbour' });
    await walker?.socket.emitWithAck('enter', { region: 'harbour' });
    await elsewhere?.socket.emitWithAck('enter', { region: 'riverside' });
    for (let step = 0; step < STEPS; step++) walker?.socket.emit('move', { x: step, y: step });
    const id = walker?.socket.id;
    const places = () => of(watcher?.told ?? [], 'map').flatMap((news) => news.players as { id: string; x: number }[]);
    await until(() => places().some((player) => player.id === id && player.x === STEPS - 1));
    expect(of(watcher?.told ?? [], 'map').length).toBeLessThan(STEPS);
    expect(
      of(elsewhere?.told ?? [], 'map')
        .flatMap(({ players }) => players as { id: string }[])
        .some((player) => player.id === id),
    ).toBe(false);
    walker?.socket.disconnect();
    await until(() => of(watcher?.told ?? [], 'map').some(({ gone }) => (gone as string[]).includes(id as string)));
  });

  it('shows a socket that enters two regions at once only the later one', async () => {
    const [both, walker, elsewhere] = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(['harbour', 'riverside'].map((region) => both?.socket.emitWithAck('enter', { region })));
    await walker?.socket.emitWithAck('enter', { region: 'harbour' });
    await elsewhere?.socket.emitWithAck('enter', { region: 'riverside' });
    const regions = () => of(both?.told ?? [], 'map').map(({ region }) => region);
    walker?.socket.emit('move', { x: 1, y: 1 });
    // Regions are sent in turn: a message of harbour would come first.
    elsewhere?.socket.emit('move', { x: 2, y: 2 });
    await until(() => regions().includes('riverside'));
    expect(new Set(regions())).toEqual(new Set(['riverside']));
  });

  it('is complete for a client that comes later', async () => {
    const { socket } = await connect();
    const { players, dojos } = await socket.emitWithAck('enter', { region: 'old-town' });
    expect([players.length, dojos.length]).toEqual([8, 3]);
  });
});

describe('a message to arena', () => {
  it.each([
    ['nothing', 'enter', undefined],
    ['a region there is not', 'enter', { region: 'moon' }],
    ['a place outside the map', 'move', { x: 101, y: 0 }],
    ['no numbers', 'move', { x: 'NaN', y: {} }],
    ['more than was asked for', 'enter', { region: 'harbour', admin: true }],
  ])('%s is refused by an event, and the socket goes on', async (_, event, body) => {
    const { socket, told } = await connect();
    socket.emit(event, body);
    await until(() => of(told, 'exception').length === 1);
    expect(of(told, 'exception')[0]).toMatchObject({ status: 'error', code: 'invalid-message' });
    expect((await socket.emitWithAck('enter', { region: 'harbour' })).dojos).toHaveLength(3);
  });

  it('is refused if it is a move before a region was entered', async () => {
    const { socket, told } = await connect();
    socket.emit('move', { x: 1, y: 1 });
    await until(() => of(told, 'exception').length === 1);
    expect(of(told, 'exception')[0]).toMatchObject({ code: 'nowhere' });
  });

  it('ends its connection if it is too large, and no other client notices', async () => {
    const [large, other] = await Promise.all([connect(), connect()]);
    large?.socket.emit('enter', { region: 'x'.repeat(70_000) });
    await until(() => large?.socket.connected === false);
    expect(other?.socket.connected).toBe(true);
    await expectServed(other);
  });

  it('ends its connection if it cannot be parsed, and no other client notices', async () => {
    const [broken, other] = await Promise.all([connect(), connect()]);
    broken?.socket.io.engine.send('9{{{');
    await until(() => broken?.socket.connected === false);
    await expectServed(other);
  });

  it('is refused in a flood, then the connection is ended, and no other client notices', async () => {
    const [flooding, other] = await Promise.all([connect(), connect()]);
    flooding?.socket.io.reconnection(false);
    for (let message = 0; message < 60; message++) flooding?.socket.emit('enter', { region: 'harbour' });
    await until(() => of(flooding?.told ?? [], 'exception').length > 0);
    expect(of(flooding?.told ?? [], 'exception')[0]).toMatchObject({ code: 'too-many-messages' });
    expect(flooding?.socket.connected).toBe(true);
    for (let message = 0; message < 1000; message++) flooding?.socket.emit('enter', { region: 'harbour' });
    await until(() => flooding?.socket.connected === false);
    await expectServed(other);
  });
});

describe('/health', () => {
  it('reports the state of every part', async () => {
    await connect();
    const { status, body } = await arena.get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      details: {
        redis: { status: 'up', configured: false },
        database: { status: 'up' },
        journal: { status: 'up', lag: 0, settled: true },
        changeFeed: { status: 'up', state: 'reading', lag: expect.any(Number), gaps: 0 },
        cache: { status: 'up' },
        counters: { status: 'up', counters: ['item-views'], failing: [] },
        deadlines: { status: 'up', deadlines: ['offers'], late: [] },
        jobs: {
          status: 'up',
          jobs: expect.arrayContaining(['cleanup_old_cache', 'map-dojo-status', 'refresh-tokens', 'track-offers']),
        },
        sockets: { status: 'up', connected: 1 },
      },
    });
    expect((await arena.get('/health/live')).body).toEqual({ status: 'ok' });
    const ready = await arena.get<{ status: string; details: object }>('/health/ready');
    expect([ready.status, Object.keys(ready.body.details).sort()]).toEqual([200, ['cache', 'database']]);
  });
});
