import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectToRedis, defineDeadline } from '../../../libs/larder/src/jobs/index.js';
import { CLAIM_TTL, type DeadlineProcessOptions, EXPIRED } from '../../support/jobs/deadline-messages.js';
import { forkProgram } from '../../support/program.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** Resolves with the steps it passed, or `undefined` if it died at one. */
function run(diesAt: number): Promise<readonly string[] | undefined> {
  const options: DeadlineProcessOptions = { redis: redis.url, diesAt };
  const child = forkProgram('jobs/deadline-process', [options]);
  return new Promise((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.once('message', (steps) => {
      resolve(steps as string[]);
      child.kill('SIGKILL');
    });
  });
}

it('loses no id when a process dies at any step of expiring', async () => {
  let died = 0;
  let steps: readonly string[] | undefined;
  for (;;) {
    steps = await run(died + 1);
    if (steps !== undefined) break;
    died++;
  }
  expect(died).toBeGreaterThanOrEqual(6);
  const expired = new Set<string>();
  const offers = defineDeadline({
    name: 'offers',
    every: '1d',
    expire: async (ids) => {
      for (const id of ids) expired.add(id);
    },
  });
  const fleet = await connectToRedis([offers], { redis: redis.url, redisTimeout: '5s', claimTtl: CLAIM_TTL });
  // Ids claimed by dead processes are taken over when their claims lapse.
  await until(async () => {
    await offers.expireDue();
    return (await offers.size()) === 0;
  }, 60_000);
  await fleet.close();
  for (const id of (await redis.command('HKEYS', EXPIRED)) as string[]) expired.add(id);
  expect(expired.size).toBe((died + 1) * 50);
  console.log(`${died} died, none of ${expired.size} was lost; the steps: ${steps?.join(', ')}`);
}, 180_000);
