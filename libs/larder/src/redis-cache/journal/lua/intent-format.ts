/** MessagePack in Lua, the subset that write intents need. Ten times as slow as the `cmsgpack` of Redis, which is no part of Lua. */
const MESSAGE_PACK = `
local function bytesOf(number, count)
  local bytes = ''
  for _ = 1, count do
    bytes = string.char(number % 256) .. bytes
    number = math.floor(number / 256)
  end
  return bytes
end

function encoded(value)
  local kind = type(value)
  if kind == 'boolean' then return string.char(value and 0xc3 or 0xc2) end
  if kind == 'number' then return string.char(0xcf) .. bytesOf(value, 8) end
  if kind == 'string' then return string.char(0xdb) .. bytesOf(#value, 4) .. value end
  local parts, count = {}, 0
  local isList = #value > 0
  for name, member in pairs(value) do
    count = count + 1
    if isList then parts[name] = encoded(member)
    else parts[count] = encoded(name) .. encoded(member) end
  end
  return string.char(isList and 0xdd or 0xdf) .. bytesOf(count, 4) .. table.concat(parts)
end

function decoded(packed)
  local at = 1
  local value
  local function number(count)
    local found = 0
    for _ = 1, count do
      found = found * 256 + string.byte(packed, at)
      at = at + 1
    end
    return found
  end
  local function text(length)
    at = at + length
    return string.sub(packed, at - length, at - 1)
  end
  local function list(count)
    local found = {}
    for index = 1, count do found[index] = value() end
    return found
  end
  local function map(count)
    local found = {}
    for _ = 1, count do
      local name = value()
      found[name] = value()
    end
    return found
  end
  function value()
    local kind = number(1)
    if kind < 0x80 then return kind end
    if kind < 0x90 then return map(kind - 0x80) end
    if kind < 0xa0 then return list(kind - 0x90) end
    if kind < 0xc0 then return text(kind - 0xa0) end
    if kind == 0xc2 or kind == 0xc3 then return kind == 0xc3 end
    if kind >= 0xcc and kind <= 0xcf then return number(2 ^ (kind - 0xcc)) end
    if kind >= 0xd9 and kind <= 0xdb then return text(number(2 ^ (kind - 0xd9))) end
    if kind == 0xdc or kind == 0xdd then return list(number(2 * (kind - 0xdb))) end
    if kind == 0xde or kind == 0xdf then return map(number(2 * (kind - 0xdd))) end
    error('no part of write intents')
  end
  return value()
end
`;

/**
 * Lua: `encoded(intents)` and `decoded(text)` of the write intents of one key. Processes of earlier releases read and write the same
 * texts.
 */
export const INTENT_FORMAT = `
local library = rawget(_G, 'cmsgpack')
local encoded, decoded = library and library.pack, library and library.unpack
if not library then
${MESSAGE_PACK}
end
`;
