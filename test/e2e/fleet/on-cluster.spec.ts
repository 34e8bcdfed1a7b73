import { afterAll, beforeAll, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectUnharmed, expectVisible } from '../../support/arena/outage.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';

let cluster: RedisCluster;
let fleet: ArenaFleet;

beforeAll(async () => {
  cluster = await RedisCluster.start();
  fleet = await ArenaFleet.start(`redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`)}`);
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await cluster.stop();
});

it('a change on one arena is visible on the other', async () => {
  await expectVisible(fleet, 30);
}, 60_000);

it('no request fails while the master of the version table fails over', async () => {
  await expectUnharmed(fleet, () => cluster.failOver('{larder}:table'));
}, 60_000);
