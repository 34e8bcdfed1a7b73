/** How long a batch outlives the process that works on it, in milliseconds. */
export const CLAIM = 30_000;

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
