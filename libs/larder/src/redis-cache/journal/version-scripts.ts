import type { Note } from '../../cache/versions/journal.js';
import type { Argument, Connection } from '../../redis/connection.js';
import { Script } from '../../redis/script.js';
import { EPOCH, ORIGIN, PRELUDE, REPAIR, TARGET, TRACEPARENT } from './lua/version-table.js';
import { WRITES } from './lua/write-intents.js';

/** Maximum bytes of the note in a journal record, and of the origin within it. */
const MAX_NOTE_BYTES = 200;
const MAX_ORIGIN_BYTES = 100;
/** How far a wanted version may be ahead of the time of Redis, in microseconds. */
const MAX_LEAD = 500_000;
/** Slots whose versions are read by one command. */
const MAX_PLACES = 500;
/** Slots that are kept of a marked write after its end. */
const MAX_KEPT_SLOTS = 100;
/** The number of items of the fields that every record has: `n`, the serial; `v`, the version; `s`, the slots. */
const FIXED_FIELDS = 6;

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

  /**
   * @param whenSound runs first, and may return if the table is sound
   * @param flags of the script
   */
  constructor(body: string, whenSound = '', flags = 'flags=allow-oom') {
    this.#script = new Script(`#!lua ${flags}${PRELUDE}${whenSound}${REPAIR}${body}`);
  }

  run(connection: Connection, { keys, slots }: Table, ...args: readonly Argument[]): Promise<unknown> {
    return this.#script.run(connection, namesOf(keys), [slots, '0', ...args], () => [slots, '1', ...args]);
  }

  /** The same step with a mark: its key is `KEYS[6]`. */
  marked(mark: string): TableStep {
    return this.#with(({ marks }) => [marks + mark]);
  }

  /** The same step with further keys, from `KEYS[6]` on. */
  with(names: readonly string[]): TableStep {
    return this.#with(() => names);
  }

  #with(more: (keys: TableKeys) => readonly string[]): TableStep {
    return {
      run: (connection, { keys, slots }, ...args) => {
        const names = [...namesOf(keys), ...more(keys)];
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

const BUMP_WHEN_SOUND = `
local floor, wanted = tonumber(ARGV[4]), tonumber(ARGV[8] or 0)
local places, hasRoot = placesOf(ARGV[3])
if isSound and places then
  if wanted > now and wanted <= now + ${MAX_LEAD} then floor = wanted - 1 end
  local version = raisePlaces(places, ARGV[3], floor, ARGV[5], ARGV[6], ARGV[7])
  if version == wanted then
    for at = 6, #KEYS do
      local bytes, ttl = ARGV[2 * at - 3], ARGV[2 * at - 2]
      if ttl == '' then redis.call('SET', KEYS[at], bytes) else redis.call('SET', KEYS[at], bytes, 'PX', ttl) end
    end
  end
  return {hasRoot and version or head[1], version, 0}
end
`;

const BUMP_IN_GENERAL = `
local version = raise(ARGV[3], floor, ARGV[5], ARGV[6], ARGV[7])
return {word(0), version, hasRegion(unpacked(ARGV[3])) and epoch() or 0}
`;

/** Arguments: `packed slots, floor, origin?, target?, traceparent?`. Raises the slots above the floor. */
export const BUMP = new TableScript(BUMP_IN_GENERAL, BUMP_WHEN_SOUND);

/**
 * Arguments: `packed slots, 0, origin, target, traceparent, wanted version`, then `bytes, TTL (ms) or ''` of each entry; with their
 * keys. Raises the slots, and stores the entries if that gave the slots the wanted version. Redis refuses it where memory is
 * short: entries must not take more.
 */
export const BUMP_AND_STORE = new TableScript(BUMP_IN_GENERAL, BUMP_WHEN_SOUND, '');

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
if #raised == 0 then setWord(TOUCHED, now) end
return {word(0), version, table.concat(raised), hasRegion(unpacked(ARGV[3])) and epoch() or 0}
`);

/** Argument: `packed slots`. Returns their versions, and that of the root of the region if they are in it. */
export const READ = new TableScript(
  `
local indexes = unpacked(ARGV[3])
local isOfBoth = hasRegion(indexes)
if isOfBoth then open() end
return {word(0), versions(indexes), isOfBoth and epoch() or 0}
`,
  `
local places = #ARGV[3] <= ${4 * MAX_PLACES} and placesOf(ARGV[3])
if isSound and places then
  local command = {'BITFIELD', TABLE}
  for at, place in ipairs(places) do command[3 * at], command[3 * at + 1], command[3 * at + 2] = 'GET', 'i64', place end
  return {head[1], redis.call(unpack(command)), 0}
end
`,
);

/** Heartbeat; also bumps for expired write intents. */
export const BEAT = new TableScript(`${WRITES}
if now - word(TOUCHED) > 1000000 then setWord(TOUCHED, now) end
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
