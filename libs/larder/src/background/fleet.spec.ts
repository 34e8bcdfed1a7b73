import { describe, expect, it } from '@jest/globals';
import { connectToRedis, type FleetOptions } from './fleet.js';

describe('connectToRedis', () => {
  it('lists every invalid and every unknown option', async () => {
    const options = { redis: undefined, redisTimeout: 0, keyPrefix: 'a{b}', claimTtl: '1ms', keyprefix: 'a' };
    await expect(connectToRedis([], options as FleetOptions)).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      problems: [
        'unknown option keyprefix of connectToRedis; did you mean keyPrefix?',
        "invalid option redisTimeout: got 0, expected milliseconds or a duration from '1ms' to '1m'",
        "invalid option keyPrefix: got 'a{b}', expected a text without spaces, braces and asterisks",
        "invalid option claimTtl: got '1ms', expected milliseconds or a duration from '100ms' to '1d'",
      ],
    });
  });

  it('rejects options that are not an object, and an invalid address', async () => {
    await expect(connectToRedis([], null as never)).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
    await expect(connectToRedis([], { redis: 'http://host' })).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
  });

  it('connects nothing without Redis', async () => {
    for (const redis of [undefined, false] as const) await (await connectToRedis([], { redis })).close();
  });
});
