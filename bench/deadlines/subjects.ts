import { Redis } from 'ioredis';
import { connectToRedis, defineDeadline } from 'nest-larder/jobs';

/** A store of deadlines that larder expires. */
export const DUE = '{larder:deadline:offers}:due';

const BATCH = `
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)
if #ids > 0 then redis.call('ZREM', KEYS[1], unpack(ids)) end
return ids`;

/** Claims and expires due ids until none is left. */
type Expire = () => Promise<string[]>;

/** What one would write without a library: a process that dies loses the ids it has claimed. */
async function bareLua(url: string): Promise<Expire> {
  const redis = new Redis(url);
  return async () => {
    const taken: string[] = [];
    for (;;) {
      const ids = (await redis.eval(BATCH, 1, DUE, Date.now())) as string[];
      if (ids.length === 0) return taken;
      taken.push(...ids);
    }
  };
}

async function larder(url: string): Promise<Expire> {
  let taken: string[] = [];
  const offers = defineDeadline({ name: 'offers', every: '1h', expire: async (ids) => void taken.push(...ids) });
  await connectToRedis([offers], { redis: url, redisTimeout: '30s' });
  return async () => {
    taken = [];
    await offers.expireDue();
    return taken;
  };
}

export const SUBJECTS = { bare: bareLua, larder } as const;
export type SubjectName = keyof typeof SUBJECTS;
