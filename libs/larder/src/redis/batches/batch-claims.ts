import type { Clock } from '../../base/clock.js';
import type { Connection } from '../connection.js';
import { Script } from '../script.js';

/** How long a batch outlives the process that works on it by default, in milliseconds. */
export const CLAIM_TTL = 30_000;

/**
 * Lua that scripts on batches begin with. A batch is a key of its own; a sorted set tells until when somebody works on each:
 * one whose time has passed was left over by a process that died, and is for whoever asks next.
 */
export const CLAIMS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function lapsed(batches, excluded)
  for _, id in ipairs(redis.call('ZRANGE', batches, '-inf', now, 'BYSCORE')) do
    if not excluded[id] then return id end
  end
end

local function claim(batches, id, milliseconds)
  redis.call('ZADD', batches, now + milliseconds, id)
end
`;

/** For how many claims a batch is held at most: work that takes longer is taken for hung. */
const MAX_CLAIMS = 10;

const RENEW = new Script(`#!lua
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
`);

/** A batch that is worked on. */
export interface ClaimedBatch {
  readonly connection: Connection;
  /** The sorted set that tells until when somebody works on each. */
  readonly batches: string;
  readonly id: string;
  readonly clock: Clock;
  /** How long it outlives this process, in milliseconds. */
  readonly claimTtl: number;
}

/** Holds a batch while work on it goes on. */
export async function whileClaimed<Result>(
  { connection, batches, id, clock, claimTtl }: ClaimedBatch,
  work: () => Promise<Result>,
): Promise<Result> {
  const began = clock.elapsed();
  let cancel = () => {};
  const plan = () => {
    cancel = clock.after(claimTtl / 3, () => {
      // One that fails is made up for by the next; a claim that lapses costs a repetition.
      void RENEW.run(connection, [batches], [id, claimTtl]).catch(() => {});
      if (clock.elapsed() - began < MAX_CLAIMS * claimTtl) plan();
    });
  };
  plan();
  try {
    return await work();
  } finally {
    cancel();
  }
}
