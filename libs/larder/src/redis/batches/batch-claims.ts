import type { Clock } from '../../base/clock.js';
import type { Connection } from '../connection.js';
import { Script } from '../script.js';

/** Default TTL of a claim, in milliseconds: after it, another process may take the batch. */
export const CLAIM_TTL = 30_000;

/**
 * Lua at the beginning of scripts on batches. A batch is a key; a sorted set holds the expiry of each claim. A batch with an
 * expired claim belongs to a process that died, and the next caller gets it.
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

/** How many TTLs a claim is renewed for; work that takes longer counts as hung. */
const MAX_CLAIMS = 10;

const RENEW = new Script(`#!lua
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
`);

/** A batch that a process is working on. */
export interface ClaimedBatch {
  readonly connection: Connection;
  /** The sorted set of claims with their expiry. */
  readonly batches: string;
  readonly id: string;
  readonly clock: Clock;
  /** TTL of the claim, in milliseconds. */
  readonly claimTtl: number;
}

/** Renews the claim on a batch while `work` runs. */
export async function whileClaimed<Result>(
  { connection, batches, id, clock, claimTtl }: ClaimedBatch,
  work: () => Promise<Result>,
): Promise<Result> {
  const began = clock.elapsed();
  let cancel = () => {};
  const plan = () => {
    cancel = clock.after(claimTtl / 3, () => {
      // The next renewal makes up for a failed one; a claim that expires costs a repetition.
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
