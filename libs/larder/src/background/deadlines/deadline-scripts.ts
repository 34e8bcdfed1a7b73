import { CLAIMS } from '../../redis/batches/batch-claims.js';
import { PASSED } from '../../redis/batches/batch-keys.js';
import { HEAL, Script } from '../../redis/script.js';

/**
 * Repairs the keys. A version below an earlier one means that everything has to be tracked again.
 * `KEYS[1]`: the due ids; `KEYS[2]`: the batches; `KEYS[3]`: the version.
 */
const SOUND = `
${HEAL}
if heal(KEYS[1], 'zset') then redis.call('DEL', KEYS[3]) end
heal(KEYS[2], 'zset')
local function changed()
  heal(KEYS[3], 'string')
  local version = redis.pcall('INCR', KEYS[3])
  if type(version) == 'number' then return version end
  redis.call('SET', KEYS[3], 1)
  return 1
end
`;

/**
 * Whether an id is in a batch that is being expired. `KEYS[2]`: the batches; `KEYS[4]` and further ones: each batch;
 * `ARGV[1]`: the length of the prefix of their names.
 */
const EXPIRING = `
${PASSED}
${SOUND}
local keys = passed(4, ARGV[1])
local function isExpiring(id)
  for _, batch in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    heal(keys[batch], 'zset')
    if redis.call('ZSCORE', keys[batch], id) then return true end
  end
end
`;

/** `length, id, at, whether only if it is tracked`: returns the result and the version. */
export const TRACK = new Script(`#!lua
${EXPIRING}
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  local unknown = missing(KEYS[2], keys)
  if unknown then return unknown end
  if isExpiring(ARGV[2]) then return {'expiring'} end
  if ARGV[4] == '1' then return {'untracked'} end
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
return {'done', changed()}
`);

/** `length, id` */
export const CANCEL = new Script(`#!lua
${EXPIRING}
if redis.call('ZREM', KEYS[1], ARGV[2]) == 1 then return {'done', changed()} end
local unknown = missing(KEYS[2], keys)
if unknown then return unknown end
return {isExpiring(ARGV[2]) and 'expiring' or 'untracked'}
`);

/** `id, at`: removes the id if it is still due at that time. */
export const REMOVE = new Script(`#!lua
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) == tonumber(ARGV[2]) then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
`);

/** `length`: the number of tracked ids, those being expired included. `KEYS[4]` and further ones: each batch. */
export const SIZE = new Script(`#!lua
${PASSED}
${SOUND}
local keys = passed(4, ARGV[1])
local unknown = missing(KEYS[2], keys)
if unknown then return unknown end
local size = redis.call('ZCARD', KEYS[1])
for _, batch in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  heal(keys[batch], 'zset')
  size = size + redis.call('ZCARD', keys[batch])
end
return size
`);

/**
 * `length, id of a new batch, milliseconds, most, expired batch, batches to skip…`: deletes the expired batch, and claims
 * another: one that a dead process left, or else the due ids. `KEYS[4]`: the new batch; then the expired one, and each batch.
 */
export const TAKE = new Script(`#!lua
${CLAIMS}
${PASSED}
${SOUND}
local keys = passed(4, ARGV[1])
local unknown = missing(KEYS[2], keys)
if unknown then return unknown end
if ARGV[5] ~= '' then
  redis.call('UNLINK', keys[ARGV[5]])
  redis.call('ZREM', KEYS[2], ARGV[5])
end
local excluded = {}
for at = 6, #ARGV do excluded[ARGV[at]] = true end
local batch = lapsed(KEYS[2], excluded)
if batch then heal(keys[batch], 'zset') end
if not batch then
  batch = ARGV[2]
  local count = redis.call('ZRANGESTORE', KEYS[4], KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[4])
  if count == 0 then return {} end
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, count - 1)
end
claim(KEYS[2], batch, ARGV[3])
return {batch, redis.call('ZRANGE', keys[batch], 0, -1)}
`);

/** `batch`: makes a failed batch available again. */
export const GIVE_BACK = new Script(`#!lua
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then redis.call('ZADD', KEYS[2], 0, ARGV[1]) end
`);

/** Returns the mark of the last complete restore, if any, and the version. */
export const STATE = new Script(`#!lua
${HEAL}
if heal(KEYS[1], 'zset') then redis.call('DEL', KEYS[2]) end
heal(KEYS[2], 'string')
heal(KEYS[3], 'string')
return {redis.call('GET', KEYS[3]) or '', tonumber(redis.call('GET', KEYS[2]) or 0) or 0}
`);

/**
 * Ends a complete restore: another process can begin one from here on, also in a snapshot of any moment.
 * `KEYS[1]`: the mark of the restore; `KEYS[2]`: the lease of the process that restored; `ARGV[1]`: the mark.
 */
export const RESTORED = new Script(`#!lua
redis.call('SET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
`);
