/** Minimum number of records in the stream. A node that falls further behind reads the whole table instead. */
const JOURNAL_LENGTH = 10_000;

/** The names of additional fields in a record. Releases that do not know them ignore them. */
export const ORIGIN = 'o';
export const TARGET = 't';
export const TRACEPARENT = 'p';
/** The name of the field with the version of the root of the region. */
export const EPOCH = 'e';
/** The places of the region in Redis. Several slots share one: that costs nodes that were away or ask extra misses. */
const PLACES = 2 ** 20;

/** The last bytes of the table, and the first of the region. */
const MARKER = 'larder-1';
const [MARKER_HEAD, MARKER_TAIL] = [Buffer.from(MARKER).readUInt32BE(0), Buffer.from(MARKER).readUInt32BE(4)];

/**
 * The first part of every script. The table is one string: a version (signed, 64 bits) per slot, then the journal's serial number,
 * the time of the last heartbeat, the time of creation, the server's run id and a marker.
 *
 * What most scripts need stands here, so that they can end before Lua has made the functions of {@link REPAIR}. A script that finds
 * a sound table has read its marker and its root by one command.
 */
export const PRELUDE = `
local TABLE, JOURNAL, WRITING, DUE, REGION = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local slots = tonumber(ARGV[1])
local SERIAL, TOUCHED, CREATED = slots, slots + 1, slots + 2
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local unpack = table.unpack or unpack

local function record(serial, version, packed, origin, target, traceparent, renewed)
  local fields = {'XADD', JOURNAL, 'MAXLEN', '~', ${JOURNAL_LENGTH}, '*', 'n', serial, 'v', version, 's', packed}
  local function add(field, value)
    if value and value ~= '' then fields[#fields + 1], fields[#fields + 2] = field, value end
  end
  add('${ORIGIN}', origin)
  add('${TARGET}', target)
  add('${TRACEPARENT}', traceparent)
  add('${EPOCH}', renewed)
  local reply = redis.pcall(unpack(fields))
  if type(reply) == 'table' and reply.err then
    redis.call('DEL', JOURNAL)
    redis.call(unpack(fields))
  end
end

-- The places of packed slots in the table, and whether the root is among them; nil if one is of the region.
local function placesOf(packed)
  local places, hasRoot = {}, false
  for at = 1, #packed, 4 do
    local a, b, c, d = string.byte(packed, at, at + 3)
    local index = ((a * 256 + b) * 256 + c) * 256 + d
    if index >= slots then return nil end
    if index == 0 then hasRoot = true end
    places[#places + 1] = '#' .. index
  end
  return places, hasRoot
end

-- Sets places to a version, and adds to the serial. SET returns what was there: the highest is returned.
local function setPlaces(places, version, serials)
  local serial, highest
  for first = 1, #places, 500 do
    local command, size = {'BITFIELD', TABLE, 'INCRBY', 'i64', '#' .. SERIAL, serials}, 6
    for at = first, math.min(first + 499, #places) do
      command[size + 1], command[size + 2], command[size + 3], command[size + 4] = 'SET', 'i64', places[at], version
      size = size + 4
    end
    local former = redis.call(unpack(command))
    serial, serials = former[1], 0
    for at = 2, #former do if not highest or former[at] > highest then highest = former[at] end end
  end
  return highest, serial
end

-- Raises slots of the table above their versions and the floor, in one command unless one of them was above.
local function raisePlaces(places, packed, floor, origin, target, traceparent)
  local version = math.max(now, floor + 1)
  local highest, serial = setPlaces(places, version, 1)
  if highest >= version then
    version = highest + 1
    setPlaces(places, version, 0)
  end
  record(serial, version, packed, origin, target, traceparent)
  return version
end

local head = redis.pcall('BITFIELD', TABLE, 'GET', 'i64', '#0', 'GET', 'u32', '#' .. 2 * (slots + 8), 'GET', 'u32', '#' .. 2 * (slots + 8) + 1)
local isSound = ARGV[2] == '0' and head[1] ~= 0 and head[2] == ${MARKER_HEAD} and head[3] == ${MARKER_TAIL}
`;

/**
 * The second part: creates the table or the region where they are missing, and knows the slots of both.
 *
 * The run id is compared only when a script is sent with its text (ARGV[2]). The script cache of Redis does not survive a
 * restart: a script that Redis knows was verified on this server process, and a restart with older data is always detected.
 *
 * The slots from the size of the table on are of observed dependencies. Their region is a string of its own: a marker, the
 * highest version, the version of its root, then a version per place. Its versions rise all together. It is short until a high
 * slot is raised; then it has 8 MB. If it is missing, or the server is another one, its root is raised.
 */
export const REPAIR = `
local function word(index) return redis.call('BITFIELD', TABLE, 'GET', 'i64', '#' .. index)[1] end
local function setWord(index, value) redis.call('BITFIELD', TABLE, 'SET', 'i64', '#' .. index, value) end

local function unpacked(packed)
  local indexes = {}
  for at = 1, #packed, 4 do
    local a, b, c, d = string.byte(packed, at, at + 3)
    indexes[#indexes + 1] = ((a * 256 + b) * 256 + c) * 256 + d
  end
  return indexes
end

local function last() return redis.call('BITFIELD', REGION, 'GET', 'i64', '#1')[1] end
local function epoch() return redis.call('BITFIELD', REGION, 'GET', 'i64', '#2')[1] end

local function place(index)
  if index < slots then return '#' .. index end
  if index == slots then return '#2' end
  return '#' .. 3 + (index - slots) % ${PLACES}
end

local function access(indexes, name, isOurs, version)
  local found = {}
  local command, places = {'BITFIELD', name}, {}
  local function send()
    for at, value in ipairs(redis.call(unpack(command))) do found[places[at]] = value end
    command, places = {'BITFIELD', name}, {}
  end
  for at, index in ipairs(indexes) do
    if isOurs(index) then
      command[#command + 1] = version and 'SET' or 'GET'
      command[#command + 1] = 'i64'
      command[#command + 1] = place(index)
      if version then command[#command + 1] = version end
      places[#places + 1] = at
      if #places == 500 then send() end
    end
  end
  if #places > 0 then send() end
  return found
end

local function isOfTable(index) return index < slots end
local function isOfRegion(index) return index >= slots end
local function hasRegion(indexes)
  for _, index in ipairs(indexes) do if index >= slots then return true end end
  return false
end

local function versions(indexes)
  local found = access(indexes, TABLE, isOfTable)
  if hasRegion(indexes) then
    for at, version in pairs(access(indexes, REGION, isOfRegion)) do found[at] = version end
  end
  return found
end

local function append(version, packed, origin, target, traceparent, renewed)
  local serial = redis.call('BITFIELD', TABLE, 'INCRBY', 'i64', '#' .. SERIAL, 1)[1]
  record(serial, version, packed, origin, target, traceparent, renewed)
end

local function renew()
  local isMarked = redis.pcall('GETRANGE', REGION, 0, 7) == '${MARKER}'
  local version, root = now, now
  if isMarked then version, root = math.max(now, last() + 1), math.max(now, epoch() + 1)
  else
    redis.call('DEL', REGION)
    redis.call('SETRANGE', REGION, 0, '${MARKER}')
  end
  redis.call('BITFIELD', REGION, 'SET', 'i64', '#1', version, 'SET', 'i64', '#2', root)
  append(version, '', nil, nil, nil, root)
end

local function open()
  if redis.pcall('GETRANGE', REGION, 0, 7) ~= '${MARKER}' then renew() end
end

local function raise(packed, floor, origin, target, traceparent)
  if packed == '' then return 0 end
  local places = placesOf(packed)
  if places then return raisePlaces(places, packed, floor, origin, target, traceparent) end
  local indexes = unpacked(packed)
  open()
  local version = math.max(now, floor + 1, last() + 1)
  redis.call('BITFIELD', REGION, 'SET', 'i64', '#1', version)
  for _, old in ipairs(versions(indexes)) do if old >= version then version = old + 1 end end
  access(indexes, TABLE, isOfTable, version)
  access(indexes, REGION, isOfRegion, version)
  append(version, packed, origin, target, traceparent)
  return version
end

local ROOT = string.char(0, 0, 0, 0)

if not isSound then
  local RUN, MARK, LENGTH = (slots + 3) * 8, (slots + 3) * 8 + 40, (slots + 3) * 8 + 48
  local function create()
    redis.call('DEL', TABLE, JOURNAL, WRITING, DUE, REGION)
    redis.call('SETRANGE', TABLE, MARK, '${MARKER}')
    setWord(SERIAL, now)
    setWord(CREATED, now)
    raise(ROOT, 0)
  end
  local length = redis.pcall('STRLEN', TABLE)
  local marked = type(length) == 'number' and redis.call('GETRANGE', TABLE, -8, -1) == '${MARKER}'
  if length ~= LENGTH or not marked then
    if marked and length > 48 then return redis.error_reply('LARDERSLOTS ' .. (length - 48) / 8 - 3) end
    create()
  elseif word(0) == 0 then
    create()
  end
  if ARGV[2] == '1' then
    local server = redis.call('INFO', 'server')
    local run = string.match(server, 'run_id:(%w+)')
    local started = now - (tonumber(string.match(server, 'uptime_in_seconds:(%d+)')) + 2) * 1000000
    local known = redis.call('GETRANGE', TABLE, RUN, RUN + 39)
    if known ~= run then
      if string.byte(known) ~= 0 and started + 4000000 >= word(TOUCHED) then raise(ROOT, 0) end
      redis.call('SETRANGE', TABLE, RUN, run)
      setWord(TOUCHED, now)
      renew()
    end
  end
end
`;
