import { INTENT_FORMAT } from './intent-format.js';

/** Reads and writes the write intents. Deletes a key of another type, on which every write would fail. */
export const WRITES = `${INTENT_FORMAT}
local function clear(name, kind)
  local found = redis.call('TYPE', name).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', name) end
end
clear(WRITING, 'hash')
clear(DUE, 'zset')

local function intentsOf(id)
  local packed = redis.call('HGET', WRITING, id)
  if not packed then return {} end
  local readable, intents = pcall(decoded, packed)
  return readable and type(intents) == 'table' and intents or {}
end

local function keep(id, intents)
  if next(intents) then redis.call('HSET', WRITING, id, encoded(intents))
  else redis.call('HDEL', WRITING, id) end
end

local function forget(id, intents, token)
  intents[token] = nil
  redis.call('ZREM', DUE, token .. id)
end
`;
