import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { LiveSocket } from '../../support/realtime/live-socket.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const EDITS = 20;

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

describe('who follows a query on one arena', () => {
  it('is told of changes on the other, and reads then what was changed', async () => {
    const [there, here] = fleet.arenas;
    for (let edit = 1; edit <= EDITS; edit++) {
      expect(await here.nameOf(1)).not.toBe(`Edit ${edit}`);
      const told = socket.of('invalidated').length;
      await there.rename(1, `Edit ${edit}`);
      await socket.untilTold('invalidated', told + 1);
      expect(await here.nameOf(1)).toBe(`Edit ${edit}`);
      // Until the interval is over, so that the next change is told of at once.
      await delay(260);
    }
  }, 60_000);

  it('is told, once Redis is back, of what happened while it was away', async () => {
    const [there, here] = fleet.arenas;
    await here.nameOf(1);
    await redis.kill();
    await there.rename(1, 'While Redis was away');
    const told = socket.of('invalidated').length;
    await redis.restart();
    await until(() => socket.of('invalidated').length > told);
    await until(async () => (await here.nameOf(1)) === 'While Redis was away', 2000);
  }, 60_000);
});
