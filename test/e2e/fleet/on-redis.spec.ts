import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectUnharmed, expectVisibleAtOnce } from '../../support/arena/outage.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const PASSWORD = 'open-sesame-4711';
/** Whoever does not know the password may ask how the server is, and nothing else: that is how this test waits for it. */
const ACCOUNTS = [
  ...['--user', 'arena', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'],
  ...['--user', 'default', 'on', 'nopass', 'resetkeys', 'resetchannels', '-@all', '+info'],
];

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

it('a change on one arena is seen on the other at once', async () => {
  await expectVisibleAtOnce(fleet, 30);
}, 60_000);

it('while Redis is paused, killed and started again, nobody is harmed', async () => {
  await expectUnharmed(fleet, async () => {
    redis.pause();
    await delay(2000);
    redis.resume();
    await delay(1500);
    await redis.kill();
    await delay(1500);
    await redis.restart();
  });
}, 60_000);

it('the password of Redis was told to nobody', () => {
  expect(fleet.output).toContain('The journal in Redis cannot be read');
  expect(fleet.output).not.toContain(PASSWORD);
});
