import { Script } from './script.js';

/** `token, milliseconds`: keeps a key alive for its owner. Answers 0 if it is another's. */
export const RENEW = new Script(`#!lua
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** `token`: deletes a key if it is its owner's still. */
export const RELEASE = new Script(`#!lua
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`);
