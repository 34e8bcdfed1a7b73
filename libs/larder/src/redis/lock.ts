import { Script } from './script.js';

/** Arguments: `token, TTL (ms)`. Takes the keys that have no owner; returns a digit for each key: `1` if it was taken, else `0`. */
export const TAKE = new Script(`#!lua
local taken = {}
for at, key in ipairs(KEYS) do
  taken[at] = redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2]) and '1' or '0'
end
return table.concat(taken)
`);

/** Arguments: `token, TTL (ms)`. Renews a key for its owner; returns 0 if the key has another owner. */
export const RENEW = new Script(`#!lua
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** Argument: `token`. Deletes a key if it still has this owner. */
export const RELEASE = new Script(`#!lua
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`);
