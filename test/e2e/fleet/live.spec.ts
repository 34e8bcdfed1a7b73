import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { LiveSocket } from '../../support/realtime/live-socket.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const EDITS = 10;

let redis: RedisServer;
let fleet: ArenaFleet;
let socket: LiveSocket;

beforeAll(async () => {
  redis = await RedisServer.start();
  fleet = await ArenaFleet.start(redis.url);
  socket = await LiveSocket.connect(fleet.arenas[1].url);
  await socket.subscribe({ id: 'one', query: 'TournamentsController.one', args: ['1'] });
}, 60_000);
afterAll(async () => {
  socket.close();
  await fleet.stop();
  await redis.stop();
});

describe('a client that follows a query on one arena', () => {
  it('receives changes made on the other, and then reads the changed value', async () => {
    const [there, here] = fleet.arenas;
    for (let edit = 1; edit <= EDITS; edit++) {
      expect(await here.nameOf(1)).not.toBe(`Edit ${edit}`);
      const told = socket.of('invalidated').length;
      await there.rename(1, `Edit ${edit}`);
      await socket.untilTold('invalidated', told + 1);
      expect(await here.nameOf(1)).toBe(`Edit ${edit}`);
    }
  }, 60_000);

  it('receives, once Redis is back, the changes made while it was away', async () => {
    const [there, here] = fleet.arenas;
    await here.nameOf(1);
    await redis.kill();
    await there.rename(1, 'While Redis was away');
    const told = socket.of('invalidated').length;
    await redis.restart();
    await until(() => socket.of('invalidated').length > told);
    await until(async () => (await here.nameOf(1)) === 'While Redis was away');
  }, 60_000);
});

it('receives an announcement made on the other arena', async () => {
  const [there, here] = fleet.arenas;
  const listener = io(here.url, { transports: ['websocket'], forceNew: true });
  const heard = new Set<string>();
  listener.on('announcement', ({ text }: { text: string }) => heard.add(text));
  await new Promise<void>((resolve) => listener.once('connect', resolve));
  await until(async () => {
    await there.announce('The finals begin.');
    return heard.has('The finals begin.');
  });
  listener.disconnect();
});

describe('the map of all arenas', () => {
  const connectTo = async (url: string): Promise<Socket> => {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const idsSeenBy = async (socket: Socket): Promise<string[]> =>
    (await socket.emitWithAck('enter', { region: 'harbour' })).players.map(({ id }: { id: string }) => id);

  it('shows a player who walks on one arena to clients of the other, until the player leaves', async () => {
    const [there, here] = fleet.arenas;
    const [walker, visitor] = await Promise.all([connectTo(there.url), connectTo(here.url)]);
    await walker.emitWithAck('enter', { region: 'harbour' });
    walker.emit('move', { x: 1, y: 2 });
    const id = walker.id as string;
    await until(async () => (await idsSeenBy(visitor)).includes(id));
    walker.disconnect();
    await until(async () => !(await idsSeenBy(visitor)).includes(id));
    visitor.disconnect();
  }, 60_000);

  it('shows the players of its own arena while Redis is away, without a long wait', async () => {
    const [, here] = fleet.arenas;
    const [walker, visitor] = await Promise.all([connectTo(here.url), connectTo(here.url)]);
    await walker.emitWithAck('enter', { region: 'harbour' });
    walker.emit('move', { x: 1, y: 2 });
    await redis.kill();
    await until(async () => (await idsSeenBy(visitor)).includes(walker.id as string));
    await redis.restart();
    for (const socket of [walker, visitor]) socket.disconnect();
  }, 60_000);
});
