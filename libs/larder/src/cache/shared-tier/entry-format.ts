import type { Dependency } from '../entries/entry.js';
import { DEPENDENCY_SLOTS } from '../versions/slots.js';
import type { Packed } from './compression.js';
import { crc32, crc32OfText } from './crc32.js';

/**
 * The format of an entry in a shared tier. Numbers are little-endian. `docs/formats.md` lists what later releases may add.
 *
 *  0  'L'            a mark
 *  1  2              version of this format: an entry with another version is a miss
 *  2  u16            0; flags that a reader must understand: an entry with an unknown flag is a miss
 *  4  u32            CRC-32 of the id, then of all bytes from here on
 *  8  u32            slots of the version table
 * 12  u32            bytes of the payload
 * 16  f64            estimated bytes on the heap
 * 24  f64, f64       when its load began and when it expires: milliseconds on the clock that all nodes share
 * 40  f64            the root's version
 * 48  u16            slots the entry depends on besides the root; those from the size of the table on are of observed dependencies
 * 50  u16            tags
 * 52  u16            dependencies: slots with a short text that explains them
 * 54  u8             compression of the payload, see `compression.ts`
 * 55  u8             0
 * 56  f64            milliseconds its load took
 * 64  u32, f64 …     each slot and its version
 *     u16, bytes …   each tag, in UTF-8
 *     u32, u16, bytes …  each dependency: its slot, and its text in UTF-8
 *                    additions of later releases
 *     the payload, up to the end
 */
const MARK = 0x4c;
const FORMAT = 2;
const FIXED = 64;
const COUNTS = 48;
/** The offset of the CRC, and of the first byte that it covers. */
const CRC = 4;
const CHECKED = 8;
const SLOT = 12;
/**
 * The format of the previous release, without CRC: read, so that a deployment keeps its cache, but no longer written. Its
 * counts are at 2; bytes 8 to 48 are the same, and its slots begin at 48.
 */
const FORMER = { format: 1, fixed: 48, counts: 2 } as const;
/** A larger entry is neither stored in a shared tier nor read from it: it would block other calls. */
const MAX_BYTES = 16 * 1024 * 1024;

/** All fields before the payload. */
export interface Header {
  readonly tableSize: number;
  readonly heapBytes: number;
  /** Milliseconds since the epoch, on the clock that all nodes share. */
  readonly loadedAt: number;
  readonly expiresAt: number;
  readonly rootVersion: number;
  /** How long the load took, in milliseconds; 0 if unknown. */
  readonly loadCost: number;
  readonly slots: readonly number[];
  readonly versions: readonly number[];
  readonly tags: readonly string[];
  /** Slots that neither the id nor a tag explains, each with a text that does. */
  readonly dependencies: readonly Dependency[];
}

/** An entry whose payload is not decoded. */
export interface EncodedEntry {
  readonly header: Header;
  /**
   * The whole entry. The payload starts at `start` and ends with the bytes: making a view would take longer than a header.
   */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** The compression of the payload. */
  readonly method: number;
}

const NO_DEPENDENCIES: readonly Dependency[] = [];

/** The bytes of an entry; `undefined` if it is too large to share. */
export function encodeEntry(id: string, header: Header, { method, bytes: payload }: Packed): Buffer | undefined {
  const { slots, tags, versions } = header;
  const names = tags.map((name) => Buffer.from(name));
  const texts = header.dependencies.map(({ slot, text }) => ({ slot, text: Buffer.from(text) }));
  const all = [...names, ...texts.map(({ text }) => text)];
  const fixed = FIXED + slots.length * SLOT + names.length * 2 + texts.length * 6;
  const start = all.reduce((sum, { length }) => sum + length, fixed);
  const isLarge =
    all.some(({ length }) => length > 0xffff) || [slots, names, texts].some((list) => list.length > 0xffff);
  if (start + payload.length > MAX_BYTES || isLarge) return undefined;
  const bytes = Buffer.allocUnsafe(start + payload.length);
  bytes.writeUInt32LE(MARK | (FORMAT << 8), 0);
  bytes.writeUInt32LE(header.tableSize, 8);
  bytes.writeUInt32LE(payload.length, 12);
  bytes.writeDoubleLE(header.heapBytes, 16);
  bytes.writeDoubleLE(header.loadedAt, 24);
  bytes.writeDoubleLE(header.expiresAt, 32);
  bytes.writeDoubleLE(header.rootVersion, 40);
  bytes.writeUInt16LE(slots.length, COUNTS);
  bytes.writeUInt16LE(names.length, COUNTS + 2);
  bytes.writeUInt16LE(texts.length, COUNTS + 4);
  bytes[COUNTS + 6] = method;
  bytes[COUNTS + 7] = 0;
  bytes.writeDoubleLE(header.loadCost, 56);
  let at = FIXED;
  slots.forEach((slot, index) => {
    bytes.writeUInt32LE(slot, at);
    bytes.writeDoubleLE(versions[index] as number, at + 4);
    at += SLOT;
  });
  for (const name of names) at = writeText(bytes, name, at);
  for (const { slot, text } of texts) at = writeText(bytes, text, bytes.writeUInt32LE(slot, at));
  bytes.set(payload, at);
  bytes.writeUInt32LE(checksum(id, bytes), CRC);
  return bytes;
}

function writeText(bytes: Buffer, text: Buffer, at: number): number {
  text.copy(bytes, bytes.writeUInt16LE(text.length, at));
  return at + 2 + text.length;
}

/** Covers the id too, so that an entry stored under another id is rejected. */
function checksum(id: string, bytes: Uint8Array): number {
  return crc32(bytes.subarray(CHECKED), crc32OfText(id));
}

/** The header and the undecoded payload of an entry; `undefined` for incomplete bytes, or bytes written for another id. */
export function parseEntry(id: string, given: Uint8Array): EncodedEntry | undefined {
  if (given.length < FIXED || given.length > MAX_BYTES || given[0] !== MARK) return undefined;
  const bytes = Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes[1] === FORMER.format) return parse(bytes, FORMER.fixed, FORMER.counts);
  if (bytes.readUInt32LE(0) !== (MARK | (FORMAT << 8)) || bytes.readUInt32LE(CRC) !== checksum(id, bytes))
    return undefined;
  return parse(bytes, FIXED, COUNTS);
}

/**
 * @param fixed the offset of the first slot
 * @param counts the offset of the counts
 */
function parse(bytes: Buffer, fixed: number, counts: number): EncodedEntry | undefined {
  const count = bytes.readUInt16LE(counts);
  let at = fixed + count * SLOT;
  const start = bytes.length - bytes.readUInt32LE(12);
  if (at > start) return undefined;
  const tableSize = bytes.readUInt32LE(8);
  // An array grown by `push` reserves room for 17 elements.
  const slots = new Array<number>(count);
  const versions = new Array<number>(count);
  for (let index = 0, entry = fixed; index < count; index++, entry += SLOT) {
    const slot = bytes.readUInt32LE(entry);
    if (slot >= tableSize + DEPENDENCY_SLOTS) return undefined;
    slots[index] = slot;
    versions[index] = bytes.readDoubleLE(entry + 4);
  }
  const tags: string[] = [];
  for (let left = bytes.readUInt16LE(counts + 2); left > 0; left--) {
    const end = endOfText(bytes, at, start);
    if (end === undefined) return undefined;
    tags.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  const isFormer = counts === FORMER.counts;
  if (isFormer && at !== start) return undefined;
  const dependencies = isFormer ? NO_DEPENDENCIES : dependenciesIn(bytes, at, start);
  if (dependencies === undefined) return undefined;
  const header: Header = {
    tableSize,
    heapBytes: bytes.readDoubleLE(16),
    loadedAt: bytes.readDoubleLE(24),
    expiresAt: bytes.readDoubleLE(32),
    rootVersion: bytes.readDoubleLE(40),
    loadCost: isFormer ? 0 : bytes.readDoubleLE(56),
    slots,
    versions,
    tags,
    dependencies,
  };
  return header.heapBytes >= 0
    ? { header, bytes, start, method: bytes[isFormer ? 6 : COUNTS + 6] as number }
    : undefined;
}

function dependenciesIn(bytes: Buffer, first: number, start: number): readonly Dependency[] | undefined {
  const count = bytes.readUInt16LE(COUNTS + 4);
  if (count === 0) return NO_DEPENDENCIES;
  const found: Dependency[] = [];
  let at = first;
  while (found.length < count) {
    const end = endOfText(bytes, at + 4, start);
    if (end === undefined) return undefined;
    found.push({ slot: bytes.readUInt32LE(at), text: bytes.toString('utf8', at + 6, end) });
    at = end;
  }
  return found;
}

/** The end of a text that begins with its length; `undefined` if that is past `limit`. */
function endOfText(bytes: Buffer, at: number, limit: number): number | undefined {
  if (at + 2 > limit) return undefined;
  const end = at + 2 + bytes.readUInt16LE(at);
  return end > limit ? undefined : end;
}
