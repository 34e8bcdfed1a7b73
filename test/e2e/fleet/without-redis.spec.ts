import { afterEach, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { expectVisible } from '../../support/arena/outage.js';
import { freePort } from '../../support/servers/free-port.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let redis: RedisServer | undefined;
let fleet: ArenaFleet | undefined;

afterEach(async () => {
  await fleet?.stop();
  await redis?.stop();
});

it('arena starts and serves while Redis is unreachable, and connects when it is up', async () => {
  const port = await freePort();
  fleet = await ArenaFleet.start(`redis://127.0.0.1:${port}`);
  const { arenas } = fleet;
  const [one, other] = arenas;
  await one.rename(1, 'Alone');
  expect(await one.nameOf(1)).toBe('Alone');
  await until(async () => (await other.nameOf(1)) === 'Alone');

  const server = await RedisServer.start({ port });
  redis = server;
  // Reads use Redis as soon as it is up; an arena has joined once it follows the journal.
  await until(async () => String(await server.command('CLIENT', 'LIST')).match(/cmd=xread/g)?.length === 2);
  await expectVisible(fleet, 5);
}, 60_000);

it('arena starts and serves when Redis refuses its password, and does not print the password', async () => {
  redis = await RedisServer.start({ args: ['--user', 'arena', 'on', '>another-one', '~*', '&*', '+@all'] });
  fleet = await ArenaFleet.start(`redis://arena:open-sesame-4711@127.0.0.1:${redis.port}`, {
    LARDER_SHUTDOWN_TIMEOUT: '1s',
  });
  const [one] = fleet.arenas;
  await one.rename(1, 'Alone');
  expect(await one.nameOf(1)).toBe('Alone');
  expect(fleet.output).not.toContain('open-sesame-4711');
}, 60_000);
