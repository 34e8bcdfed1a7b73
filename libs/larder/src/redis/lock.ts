import { Script } from './script.js';

/** Arguments: `token, TTL (ms)`. Renews a key for its owner; returns 0 if the key has another owner. */
export const RENEW = new Script(`#!lua
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** Argument: `token`. Deletes a key if it still has this owner. */
export const RELEASE = new Script(`#!lua
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`);
