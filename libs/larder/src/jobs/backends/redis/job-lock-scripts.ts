import { HEAL, Script } from '../../../redis/script.js';

/**
 * Keys of all scripts: the lock of a job, which holds its holder's token; `unfinished` and `ticks`, hashes with one field per
 * job; `waiting`, the ticks of a job that wait for the lock, each with an expiry in case its process has died; `paused`, a hash with
 * a field that begins with `paused ` for each paused job.
 *
 * A field of `unfinished` is `at kind times`: the run that has begun and not ended, and how often it was begun again.
 * A field of `ticks` is `at token schedule`: the last tick that was run or skipped, and the token of the run that ended it.
 */
const TICKS = `
${HEAL}
heal(KEYS[1], 'string')
heal(KEYS[2], 'hash')
heal(KEYS[3], 'hash')
heal(KEYS[4], 'zset')
local function lastTick(job)
  local at, token, schedule = string.match(redis.call('HGET', KEYS[3], job) or '', '^(%d+) (%S+) (.*)$')
  return tonumber(at), token, schedule
end
local function begun(job)
  local at, kind, times = string.match(redis.call('HGET', KEYS[2], job) or '', '^(%d+) (%a+) (%d+)$')
  return tonumber(at), kind, tonumber(times)
end
`;

/**
 * Arguments: `job, token, lock TTL (ms), at, kind, schedule, holder known to be alive, whether it is a recovery, waiting TTL (ms),
 * maximum repetitions`. Returns `acquired, at, kind, times, previous tick`; `held, holder, milliseconds to expiry`;
 * `skipped, previous tick`; `paused`; `settled`; or `abandoned, at`.
 */
export const ACQUIRE = new Script(`#!lua
${TICKS}
local job, token, lasts, at, kind, schedule = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local last, _, lastSchedule = lastTick(job)
local openAt, openKind, times = begun(job)
local isOpen = openAt == at and openKind == kind
if kind == 'tick' and last and at <= last and not isOpen then
  redis.call('ZREM', KEYS[4], ARGV[4])
  return {'settled'}
end
if ARGV[8] == '1' and not isOpen then return {'settled'} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
local function isOvertaking()
  if kind ~= 'tick' then return false end
  for _, other in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
    if tonumber(other) < at then return true end
  end
  return false
end
local function settle()
  redis.call('ZREM', KEYS[4], ARGV[4])
  if kind == 'tick' and not (last and at <= last) then
    redis.call('HSET', KEYS[3], job, ARGV[4] .. ' - ' .. schedule)
  end
  return lastSchedule == schedule and last and string.format('%d', last) or ''
end

-- In the script, so that no tick begins after the job was paused.
heal(KEYS[5], 'hash')
local pause = kind == 'tick' and not isOpen and redis.call('HGET', KEYS[5], job)
if pause and string.sub(pause, 1, 7) == 'paused ' then
  settle()
  return {'paused'}
end

local holder = redis.call('GET', KEYS[1])
if holder or (isOvertaking() and not openAt) then
  if holder and holder == ARGV[7] and not isOvertaking() then return {'skipped', settle()} end
  if ARGV[8] ~= '1' and kind == 'tick' then redis.call('ZADD', KEYS[4], now + ARGV[9], ARGV[4]) end
  return {'held', holder or '', holder and redis.call('PTTL', KEYS[1]) or 0}
end
if openAt then
  if times >= tonumber(ARGV[10]) then
    redis.call('HDEL', KEYS[2], job)
    return {'abandoned', string.format('%d', openAt)}
  end
  times = times + 1
  at, kind = openAt, openKind
else
  times = 0
end
local stored = string.format('%d', at)
redis.call('SET', KEYS[1], token, 'PX', lasts)
redis.call('HSET', KEYS[2], job, stored .. ' ' .. kind .. ' ' .. times)
if openAt then return {'acquired', stored, kind, times, ''} end
return {'acquired', stored, kind, times, settle()}
`);

/**
 * Arguments: `job, token, lock TTL (ms), field of unfinished`. Renews the lock for its holder, also if Redis has lost it. Returns
 * 0 if another process has the lock, or has ended the run.
 */
export const KEEP = new Script(`#!lua
${TICKS}
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[2] then return redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if holder then return 0 end
local open = redis.call('HGET', KEYS[2], ARGV[1])
local at, kind = string.match(ARGV[4], '^(%d+) (%a+)')
local last = lastTick(ARGV[1])
if open and open ~= ARGV[4] then return 0 end
if not open and (kind == 'manual' or (last and last >= tonumber(at))) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return 1
`);

/**
 * Arguments: `job, token, field of unfinished, schedule, whether the run is done`. Releases the lock. Returns 0 if another
 * process has the lock, or had it and ended the run.
 */
export const RELEASE_JOB = new Script(`#!lua
${TICKS}
local job, token = ARGV[1], ARGV[2]
local holder = redis.call('GET', KEYS[1])
local last, by = lastTick(job)
local open = redis.call('HGET', KEYS[2], job)
local at, kind = string.match(ARGV[3], '^(%d+) (%a+)')
if holder ~= token then
  if by == token then return 1 end
  if holder then return 0 end
  if open and open ~= ARGV[3] then return 0 end
  if not open and (kind == 'manual' or (last and last >= tonumber(at))) then return 0 end
else
  redis.call('DEL', KEYS[1])
end
if ARGV[5] ~= '1' then return 1 end
redis.call('HDEL', KEYS[2], job)
if kind == 'tick' and not (last and last > tonumber(at)) then
  redis.call('HSET', KEYS[3], job, at .. ' ' .. token .. ' ' .. ARGV[4])
end
return 1
`);
