import { afterAll, beforeAll, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectUnharmed, expectVisible, REJOIN } from '../../support/arena/outage.js';
import { RedisSentinel } from '../../support/servers/redis-sentinel.js';

let sentinel: RedisSentinel;
let fleet: ArenaFleet;

beforeAll(async () => {
  sentinel = await RedisSentinel.start();
  const hosts = sentinel.sentinels.map(({ host, port }) => `${host}:${port}`);
  fleet = await ArenaFleet.start(`redis+sentinel://${hosts}/${sentinel.name}`);
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await sentinel.stop();
});

it('a change on one arena is visible on the other', async () => {
  await expectVisible(fleet, 30);
}, 60_000);

it('no request fails while the master fails over', async () => {
  await expectUnharmed(fleet, () => sentinel.failOver(), REJOIN);
}, 60_000);
