import type { Packed } from './compression.js';

/**
 * How an entry lies in a shared tier. Numbers are little-endian.
 *
 *  0  'L'            a mark
 *  1  1              the version of this format: another one is a miss, so that releases can run side by side
 *  2  u16            slots the entry depends on besides the root
 *  4  u16            tags
 *  6  u8             how the payload was made smaller, see `compression.ts`
 *  7  u8             0
 *  8  u32            slots of the version table
 * 12  u32            bytes of the payload
 * 16  f64            estimated bytes on the heap
 * 24  f64, f64       when its load began and when it expires: milliseconds on the clock that all nodes share
 * 40  f64            the root's version
 * 48  u32, f64 …     each slot and its version
 *     u16, bytes …   each tag, in UTF-8
 *     the payload
 */
const MARK = 0x4c;
const FORMAT = 1;
const FIXED = 48;
const SLOT = 12;
/** An entry larger than this is not kept in a shared tier, and not read from one: it would hold up everything else. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What stands before the payload. */
export interface Header {
  readonly tableSize: number;
  readonly heapBytes: number;
  /** Milliseconds since the epoch, on the clock that all nodes share. */
  readonly loadedAt: number;
  readonly expiresAt: number;
  readonly rootVersion: number;
  readonly slots: readonly number[];
  readonly versions: readonly number[];
  readonly tags: readonly string[];
}

/** An entry, its payload not decoded. */
export interface Found {
  readonly header: Header;
  /** The whole entry; its payload, the rest of it, begins at `start`: a view of its own would take longer than a header. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** How the payload was made smaller. */
  readonly method: number;
}

/** The bytes of an entry, or `undefined` if it is too large to share. */
export function toWire(header: Header, { method, bytes: payload }: Packed): Buffer | undefined {
  const { slots, tags, versions } = header;
  const names = tags.map((name) => Buffer.from(name));
  const start = FIXED + slots.length * SLOT + names.reduce((sum, { length }) => sum + 2 + length, 0);
  if (start + payload.length > MOST_BYTES || slots.length > 0xffff || names.some(({ length }) => length > 0xffff)) {
    return undefined;
  }
  const bytes = Buffer.allocUnsafe(start + payload.length);
  bytes[0] = MARK;
  bytes[1] = FORMAT;
  bytes.writeUInt16LE(slots.length, 2);
  bytes.writeUInt16LE(names.length, 4);
  bytes[6] = method;
  bytes[7] = 0;
  bytes.writeUInt32LE(header.tableSize, 8);
  bytes.writeUInt32LE(payload.length, 12);
  bytes.writeDoubleLE(header.heapBytes, 16);
  bytes.writeDoubleLE(header.loadedAt, 24);
  bytes.writeDoubleLE(header.expiresAt, 32);
  bytes.writeDoubleLE(header.rootVersion, 40);
  let at = FIXED;
  slots.forEach((slot, index) => {
    bytes.writeUInt32LE(slot, at);
    bytes.writeDoubleLE(versions[index] as number, at + 4);
    at += SLOT;
  });
  for (const name of names) {
    bytes.writeUInt16LE(name.length, at);
    name.copy(bytes, at + 2);
    at += 2 + name.length;
  }
  bytes.set(payload, at);
  return bytes;
}

/** The header of an entry and its payload, not decoded; `undefined` for anything this version did not write whole. */
export function fromWire(given: Uint8Array): Found | undefined {
  if (given.length < FIXED || given.length > MOST_BYTES || given[0] !== MARK || given[1] !== FORMAT) return undefined;
  const bytes = Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const count = bytes.readUInt16LE(2);
  let at = FIXED + count * SLOT;
  if (at > bytes.length) return undefined;
  const tableSize = bytes.readUInt32LE(8);
  // Lists that are pushed to take room for 17.
  const slots = new Array<number>(count);
  const versions = new Array<number>(count);
  for (let index = 0, entry = FIXED; index < count; index++, entry += SLOT) {
    const slot = bytes.readUInt32LE(entry);
    if (slot >= tableSize) return undefined;
    slots[index] = slot;
    versions[index] = bytes.readDoubleLE(entry + 4);
  }
  const tags: string[] = [];
  for (let left = bytes.readUInt16LE(4); left > 0; left--) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16LE(at);
    if (end > bytes.length) return undefined;
    tags.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  if (at + bytes.readUInt32LE(12) !== bytes.length) return undefined;
  const header: Header = {
    tableSize,
    heapBytes: bytes.readDoubleLE(16),
    loadedAt: bytes.readDoubleLE(24),
    expiresAt: bytes.readDoubleLE(32),
    rootVersion: bytes.readDoubleLE(40),
    slots,
    versions,
    tags,
  };
  return header.heapBytes >= 0 ? { header, bytes, start: at, method: bytes[6] as number } : undefined;
}
