import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectUnharmed, expectVisible } from '../../support/arena/outage.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const PASSWORD = 'open-sesame-4711';
/** Whoever does not know the password may ask how the server is, and nothing else: that is how this test waits for it. */
const ACCOUNTS = [
  ...['--user', 'arena', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'],
  ...['--user', 'default', 'on', 'nopass', 'resetkeys', 'resetchannels', '-@all', '+info'],
];

/** What an arena says when it cannot follow the others. */
const LOST = 'The journal in Redis cannot be read';
/** Answered requests while Redis is away, and between. */
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

it('a change on one arena is seen on the other', async () => {
  await expectVisible(fleet, 30);
}, 60_000);

it('while Redis is paused, killed and started again, nobody is harmed', async () => {
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

it('the password of Redis was told to nobody', () => {
  expect(fleet.output).toContain(LOST);
  expect(fleet.output).not.toContain(PASSWORD);
});
