import type { Note } from '../cache/versions/journal.js';
import type { Argument, Connection } from '../redis/connection.js';
import { Script } from '../redis/script.js';
import { INTENT_FORMAT } from './lua/intent-format.js';

/** Minimum number of records in the stream. A node that falls further behind reads the whole table instead. */
const JOURNAL_LENGTH = 10_000;

/** Maximum bytes of the note in a journal record, and of the origin within it. */
const MAX_NOTE_BYTES = 200;
const MAX_ORIGIN_BYTES = 100;
/** The names of its fields in a record. Releases that do not know them ignore them. */
const ORIGIN = 'o';
const TARGET = 't';
const TRACEPARENT = 'p';
/** The name of the field with the version of the root of the region. */
const EPOCH = 'e';
/** The places of the region in Redis. Several slots share one: that costs nodes that were away or ask extra misses. */
const PLACES = 2 ** 20;
/** Slots that are kept of a marked write after its end. */
const MAX_KEPT_SLOTS = 100;
/** The number of items of the fields that every record has: `n`, the serial; `v`, the version; `s`, the slots. */
const FIXED_FIELDS = 6;

/**
 * Runs before every script. The table is one string: a version (signed, 64 bits) per slot, then the journal's serial number,
 * the time of the last heartbeat, the time of creation, the server's run id and a marker.
 *
 * The run id is compared only when a script is sent with its text (ARGV[2]). The script cache of Redis does not survive a
 * restart: a script that Redis knows was verified on this server process, and a restart with older data is always detected.
 *
 * The slots from the size of the table on are of observed dependencies. Their region is a string of its own: a marker, the
 * highest version, the version of its root, then a version per place. Its versions rise all together. It is short until a high
 * slot is raised; then it has 8 MB. If it is missing, or the server is another one, its root is raised.
 */
const PRELUDE = `#!lua flags=allow-oom
local TABLE, JOURNAL, WRITING, DUE, REGION = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local slots = tonumber(ARGV[1])
local SERIAL, TOUCHED, CREATED = slots, slots + 1, slots + 2
local RUN, MARK, LENGTH = (slots + 3) * 8, (slots + 3) * 8 + 40, (slots + 3) * 8 + 48
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local unpack = table.unpack or unpack

local function word(index) return redis.call('BITFIELD', TABLE, 'GET', 'i64', '#' .. index)[1] end
local function put(index, value) redis.call('BITFIELD', TABLE, 'SET', 'i64', '#' .. index, value) end

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
  local record = {'XADD', JOURNAL, 'MAXLEN', '~', ${JOURNAL_LENGTH}, '*', 'n', serial, 'v', version, 's', packed}
  local function add(field, value)
    if value and value ~= '' then record[#record + 1], record[#record + 2] = field, value end
  end
  add('${ORIGIN}', origin)
  add('${TARGET}', target)
  add('${TRACEPARENT}', traceparent)
  add('${EPOCH}', renewed)
  local reply = redis.pcall(unpack(record))
  if type(reply) == 'table' and reply.err then
    redis.call('DEL', JOURNAL)
    redis.call(unpack(record))
  end
end

local function renew()
  local isMarked = redis.pcall('GETRANGE', REGION, 0, 7) == 'larder-1'
  local version, root = now, now
  if isMarked then version, root = math.max(now, last() + 1), math.max(now, epoch() + 1)
  else
    redis.call('DEL', REGION)
    redis.call('SETRANGE', REGION, 0, 'larder-1')
  end
  redis.call('BITFIELD', REGION, 'SET', 'i64', '#1', version, 'SET', 'i64', '#2', root)
  append(version, '', nil, nil, nil, root)
end

local function open()
  if redis.pcall('GETRANGE', REGION, 0, 7) ~= 'larder-1' then renew() end
end

local function raise(packed, floor, origin, target, traceparent)
  local indexes = unpacked(packed)
  if #indexes == 0 then return 0 end
  local version = math.max(now, floor + 1)
  local isOfBoth = hasRegion(indexes)
  if isOfBoth then
    open()
    version = math.max(version, last() + 1)
    redis.call('BITFIELD', REGION, 'SET', 'i64', '#1', version)
  end
  for _, old in ipairs(versions(indexes)) do if old >= version then version = old + 1 end end
  access(indexes, TABLE, isOfTable, version)
  if isOfBoth then access(indexes, REGION, isOfRegion, version) end
  append(version, packed, origin, target, traceparent)
  return version
end

local ROOT = string.char(0, 0, 0, 0)

local function create()
  redis.call('DEL', TABLE, JOURNAL, WRITING, DUE, REGION)
  redis.call('SETRANGE', TABLE, MARK, 'larder-1')
  put(SERIAL, now)
  put(CREATED, now)
  raise(ROOT, 0)
end

local length = redis.pcall('STRLEN', TABLE)
local marked = type(length) == 'number' and redis.call('GETRANGE', TABLE, -8, -1) == 'larder-1'
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
    put(TOUCHED, now)
    renew()
  end
end
`;

/** Reads and writes the write intents. Deletes a key of another type, on which every write would fail. */
const WRITES = `${INTENT_FORMAT}
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

/** The keys of the version table of all nodes that share a prefix. */
export interface TableKeys {
  readonly table: string;
  readonly journal: string;
  readonly writing: string;
  readonly due: string;
  /** The versions of observed dependencies. */
  readonly region: string;
  /** First part of the names by which marked writes are found. */
  readonly marks: string;
}

/** All with one hash tag: in a cluster, one script can use them. */
export function tableKeys(prefix: string): TableKeys {
  const name = (part: string) => `{${prefix}}:${part}`;
  return {
    table: name('table'),
    journal: name('journal'),
    writing: name('writing'),
    due: name('due'),
    region: name('dependencies'),
    marks: name('mark:'),
  };
}

/** A step on the table that is ready to be sent. */
export interface TableStep {
  run(connection: Connection, table: Table, ...args: readonly Argument[]): Promise<unknown>;
}

/** A script on the version table. */
class TableScript implements TableStep {
  readonly #script: Script;

  constructor(body: string) {
    this.#script = new Script(PRELUDE + body);
  }

  run(connection: Connection, { keys, slots }: Table, ...args: readonly Argument[]): Promise<unknown> {
    return this.#script.run(connection, namesOf(keys), [slots, '0', ...args], () => [slots, '1', ...args]);
  }

  /** The same step with a mark: its key is `KEYS[6]`. */
  marked(mark: string): TableStep {
    return {
      run: (connection, { keys, slots }, ...args) => {
        const names = [...namesOf(keys), keys.marks + mark];
        return this.#script.run(connection, names, [slots, '0', ...args], () => [slots, '1', ...args]);
      },
    };
  }

  /** Verifies the server's run id, also if the server knows the script. */
  async verify(connection: Connection, { keys, slots }: Table): Promise<unknown> {
    return this.#script.send(connection, namesOf(keys), [slots, '1']);
  }
}

function namesOf({ table, journal, writing, due, region }: TableKeys): readonly string[] {
  return [table, journal, writing, due, region];
}

/** A version table in Redis. */
export interface Table {
  readonly keys: TableKeys;
  readonly slots: number;
}

/** Returns the time, the last id of the journal, the whole table, and the highest version and the root's of the region. */
export const SNAPSHOT = new TableScript(`
open()
local newest = redis.pcall('XREVRANGE', JOURNAL, '+', '-', 'COUNT', 1)
local position = newest[1] and newest[1][1] or '0-0'
return {now, position, redis.call('GET', TABLE), last(), epoch()}
`);

/** Arguments: `packed slots, floor, origin?, target?, traceparent?`. Raises the slots above the floor. */
export const BUMP = new TableScript(`
local version = raise(ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7])
return {word(0), version, hasRegion(unpacked(ARGV[3])) and epoch() or 0}
`);

/**
 * Arguments: `packed slots, token, origin?, target?, traceparent?`; the last key is that of the mark. Bumps slots for rows that a marked write
 * has changed (see `Journal.bump`), and returns the slots that it raised. The key of a mark contains `i` and the id of the
 * intent, or `e` and the slots that the write bumped.
 */
export const BUMP_MARKED = new TableScript(`${WRITES}
local token = ARGV[4]
local kept = redis.pcall('GET', KEYS[6])
local kind, rest = '', ''
if type(kept) == 'string' then kind, rest = string.sub(kept, 1, 1), string.sub(kept, 2) end
local isSkipped = {}
if kind == 'e' then
  for _, slot in ipairs(unpacked(rest)) do isSkipped[slot] = true end
end
local raised, isRaised = {}, {}
for at, slot in ipairs(unpacked(ARGV[3])) do
  if not isSkipped[slot] then
    raised[#raised + 1] = string.sub(ARGV[3], 4 * at - 3, 4 * at)
    isRaised[slot] = true
  end
end
local intents = kind == 'i' and intentsOf(rest) or {}
local mine = intents[token]
local own = mine and unpacked(ROOT .. mine.slots) or {}
local before = versions(own)
local version = raise(table.concat(raised), 0, ARGV[5], ARGV[6], ARGV[7])
for at, slot in ipairs(own) do
  if isRaised[slot] and mine.versions[at] == before[at] then mine.versions[at] = version end
end
if mine then keep(rest, intents) end
-- A write at any rate: a caller that then waits for replicas waits for the bumps that were skipped.
if #raised == 0 then put(TOUCHED, now) end
return {word(0), version, table.concat(raised), hasRegion(unpacked(ARGV[3])) and epoch() or 0}
`);

/** Argument: `packed slots`. Returns their versions, and that of the root of the region if they are in it. */
export const READ = new TableScript(`
local indexes = unpacked(ARGV[3])
local isOfBoth = hasRegion(indexes)
if isOfBoth then open() end
return {word(0), versions(indexes), isOfBoth and epoch() or 0}
`);

/** Heartbeat; also bumps for expired write intents. */
export const BEAT = new TableScript(`${WRITES}
if now - word(TOUCHED) > 1000000 then put(TOUCHED, now) end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, 100)) do
  local token, id = string.sub(member, 1, 24), string.sub(member, 25)
  local intents = intentsOf(id)
  if intents[token] then raise(intents[token].bumps, 0) end
  forget(id, intents, token)
  keep(id, intents)
  redis.call('ZREM', DUE, member)
end
return {now, word(SERIAL)}
`);

/** Arguments: `token, id, TTL (ms), packed slots, packed bumps`; with the key of a mark if rows can name the write. Stores an intent. */
export const ANNOUNCE = new TableScript(`${WRITES}
local token, id = ARGV[3], ARGV[4]
local intents = intentsOf(id)
local overlapped = false
for other, intent in pairs(intents) do
  if intent.expires <= now then
    raise(intent.bumps, 0)
    forget(id, intents, other)
  elseif other ~= token then
    intent.overlapped = true
    overlapped = true
  end
end
local expires = math.floor(now + tonumber(ARGV[5]) * 1000)
local stamp = versions(unpacked(ROOT .. ARGV[6]))
intents[token] = {expires = expires, overlapped = overlapped, slots = ARGV[6], versions = stamp, bumps = ARGV[7]}
keep(id, intents)
redis.call('ZADD', DUE, expires, token .. id)
if KEYS[6] then redis.call('SET', KEYS[6], 'i' .. id, 'PX', math.ceil(ARGV[5])) end
return {word(0)}
`);

/**
 * Arguments: `token, id, packed slots to bump, TTL of the mark (ms), origin?, target?, traceparent?`; with the key of a mark if `ANNOUNCE` had
 * one. Ends a write. Its own slot is the first; if there are too many slots to remember, rows may raise the others once more.
 */
export const CONCLUDE = new TableScript(`${WRITES}
local token, id = ARGV[3], ARGV[4]
local intents = intentsOf(id)
local mine = intents[token]
local alone = 0
if mine and not mine.overlapped and mine.expires > now then
  alone = 1
  for at, version in ipairs(versions(unpacked(ROOT .. mine.slots))) do
    if version ~= mine.versions[at] then alone = 0 end
  end
end
forget(id, intents, token)
keep(id, intents)
local version = raise(ARGV[5], 0, ARGV[7], ARGV[8], ARGV[9])
if KEYS[6] and ARGV[6] ~= '0' then
  redis.call('SET', KEYS[6], 'e' .. string.sub(ARGV[5], 1, ${4 * MAX_KEPT_SLOTS}), 'PX', ARGV[6])
elseif KEYS[6] then
  redis.call('DEL', KEYS[6])
end
return {word(0), version, alone}
`);

/** The slots as an argument of a script. */
export function packSlots(slots: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(slots.length * 4);
  for (let index = 0; index < slots.length; index++) packed.writeUInt32BE(slots[index] as number, index * 4);
  return packed;
}

export function unpackSlots(packed: Buffer): number[] {
  return Array.from({ length: packed.length >> 2 }, (_, index) => packed.readUInt32BE(index * 4));
}

/** A note as the last arguments of a script; empty without a note. */
export function noteArguments(note: Note | undefined): readonly (string | Buffer)[] {
  if (note === undefined) return [];
  const { description, traceparent } = note;
  if (description === undefined) return traceparent === undefined ? [] : ['', '', traceparent];
  const origin = cutOff(description.origin, MAX_ORIGIN_BYTES);
  const target = cutOff(description.target, MAX_NOTE_BYTES - origin.length);
  return traceparent === undefined ? [origin, target] : [origin, target, traceparent];
}

/** Cuts a text to a number of bytes, not within a character. */
function cutOff(text: string, most: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return bytes;
  let end = most;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** The note in the fields of a record, and the version of the root of the region if the record raises it. */
export function additionsIn(fields: readonly Buffer[]): { readonly note?: Note; readonly epoch?: number } {
  if (fields.length === FIXED_FIELDS) return NO_ADDITIONS;
  const more = new Map<string, string>();
  for (let at = FIXED_FIELDS; at + 1 < fields.length; at += 2) more.set(String(fields[at]), String(fields[at + 1]));
  const renewed = more.get(EPOCH);
  if (renewed !== undefined) return { epoch: Number(renewed) };
  const origin = more.get(ORIGIN);
  const description = origin === undefined ? undefined : { origin, target: more.get(TARGET) ?? '' };
  return { note: { description, traceparent: more.get(TRACEPARENT) } };
}

const NO_ADDITIONS = {};
