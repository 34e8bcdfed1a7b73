import { describe, expect, it } from '@jest/globals';
import { connectToRedis, type FleetOptions } from './fleet.js';

describe('connectToRedis', () => {
  it('lists every option that does not hold what it takes, and every one that does not exist', async () => {
    const options = { redis: undefined, redisTimeout: 0, keyPrefix: 'a{b}', claimTtl: '1ms', keyprefix: 'a' };
    await expect(connectToRedis([], options as FleetOptions)).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      problems: [
        'keyprefix is no option of connectToRedis; did you mean keyPrefix?',
        "The option redisTimeout is 0; it takes milliseconds or a duration from '1ms' to '1m'",
        "The option keyPrefix is 'a{b}'; it takes a text without spaces, braces and asterisks",
        "The option claimTtl is '1ms'; it takes milliseconds or a duration from '100ms' to '1d'",
      ],
    });
  });

  it('refuses what is no object of options, and an address that cannot be read', async () => {
    await expect(connectToRedis([], null as never)).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
    await expect(connectToRedis([], { redis: 'http://host' })).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
  });

  it('connects nothing where there is no Redis', async () => {
    for (const redis of [undefined, false] as const) await (await connectToRedis([], { redis })).close();
  });
});
