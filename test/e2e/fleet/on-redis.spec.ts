import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectUnharmed, expectVisible } from '../../support/arena/outage.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const PASSWORD = 'open-sesame-4711';
/** A client without the password may only PING: this test polls with it until Redis is up. */
const ACCOUNTS = [
  ...['--user', 'arena', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'],
  ...['--user', 'default', 'on', 'nopass', 'resetkeys', 'resetchannels', '-@all', '+info'],
];

/** What an arena logs when it cannot follow the journal. */
const LOST = 'the journal in Redis cannot be read';
/** Answered requests during an outage of Redis, and between outages. */
const REQUESTS = 200;

let redis: RedisServer;
let fleet: ArenaFleet;

beforeAll(async () => {
  redis = await RedisServer.start({ args: ACCOUNTS });
  fleet = await ArenaFleet.start(`redis://arena:${PASSWORD}@127.0.0.1:${redis.port}`);
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await redis.stop();
});

it('a change on one arena is visible on the other', async () => {
  await expectVisible(fleet, 30);
}, 60_000);

it('no request fails while Redis is paused, killed and restarted', async () => {
  const losses = () => fleet.output.split(LOST).length - 1;
  await expectUnharmed(fleet, async (traffic) => {
    redis.pause();
    await until(() => losses() > 0);
    await traffic.untilAnswered(REQUESTS);
    redis.resume();
    await traffic.untilAnswered(REQUESTS);
    const before = losses();
    await redis.kill();
    await until(() => losses() > before);
    await traffic.untilAnswered(REQUESTS);
    await redis.restart();
  });
}, 60_000);

it('the password of Redis appears in no output', () => {
  expect(fleet.output).toContain(LOST);
  expect(fleet.output).not.toContain(PASSWORD);
});
