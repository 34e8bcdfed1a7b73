import { Redis } from 'ioredis';
import { connectToRedis, defineDeadline } from 'nest-larder/jobs';
import { CLAIM_TTL, type DeadlineProcessOptions, EXPIRED } from './deadline-messages.js';

const { redis, diesAt } = JSON.parse(process.argv[2] as string) as DeadlineProcessOptions;

/** The steps of one run of expiring that were passed. */
const steps: string[] = [];
function step(name: string): void {
  if (diesAt === 0) return;
  steps.push(name);
  if (steps.length === diesAt) process.kill(process.pid, 'SIGKILL');
}

const side = new Redis(redis);

const offers = defineDeadline({
  name: 'offers',
  every: '1d',
  expire: async (ids) => {
    step('before expiring');
    await Promise.all(ids.map((id) => side.hincrby(EXPIRED, id, 1)));
    step('after expiring');
  },
});
await connectToRedis([offers], { redis, redisTimeout: '5s', claimTtl: CLAIM_TTL });
await Promise.all(Array.from({ length: 50 }, (_, n) => offers.track(`${diesAt}-${n}`, Date.now() - 1000)));

// Larder works with a client of its own.
const call = Redis.prototype.callBuffer as (this: Redis, ...args: unknown[]) => Promise<unknown>;
Redis.prototype.callBuffer = async function (this: Redis, ...args: unknown[]) {
  step(`before ${args[0]}`);
  const reply = await call.apply(this, args);
  step(`after ${args[0]}`);
  return reply;
} as typeof Redis.prototype.callBuffer;
await offers.expireDue();
process.send?.(steps);
