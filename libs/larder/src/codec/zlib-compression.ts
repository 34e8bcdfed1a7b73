import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Compression, CompressionMethod, type Packed } from '../cache/shared-tier/compression.js';
import { MAX_BYTES } from './format.js';

/** Up to this size compressing is quicker than handing it to another thread, and blocks the event loop only briefly. */
const MAX_SYNC_COMPRESSION = 16 * 1024;
const MAX_SYNC_EXPANSION = 128 * 1024;
/** Above this size Zstandard takes half the time of deflate; it takes three times as long to start. */
const MIN_ZSTD_BYTES = 16 * 1024;
/** The largest compressed fraction that pays: every reader must expand it. */
const MAX_COMPRESSED_RATIO = 0.75;
/** Four times faster than deflate at its best, for lists a tenth larger. */
const LEVEL = 3;
/** The length of the original bytes, in front. */
const HEAD_BYTES = 4;

/** A method of `node:zlib`, synchronous and in its thread pool. */
interface Way {
  readonly compress: (bytes: Uint8Array) => Buffer;
  readonly compressLater: (bytes: Uint8Array) => Promise<Buffer>;
  readonly expand: (bytes: Uint8Array, options: zlib.ZlibOptions) => Buffer;
  readonly expandLater: (bytes: Uint8Array, options: zlib.ZlibOptions) => Promise<Buffer>;
}

const deflateRaw: (bytes: Uint8Array, options: zlib.ZlibOptions) => Promise<Buffer> = promisify(zlib.deflateRaw);

const DEFLATE: Way = {
  compress: (bytes) => zlib.deflateRawSync(bytes, { level: LEVEL }),
  compressLater: (bytes) => deflateRaw(bytes, { level: LEVEL }),
  expand: zlib.inflateRawSync,
  expandLater: promisify(zlib.inflateRaw),
};

/** Zstandard, where Node has it: from 22.15 and 23.8 on. */
function zstdOf(node: object): Way | undefined {
  const { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } = node as Partial<NodeZstd>;
  if (!zstdCompress || !zstdCompressSync || !zstdDecompress || !zstdDecompressSync) return undefined;
  return {
    compress: zstdCompressSync,
    compressLater: promisify(zstdCompress),
    expand: zstdDecompressSync,
    expandLater: promisify(zstdDecompress),
  };
}

type Done = (error: Error | null, bytes: Buffer) => void;

interface NodeZstd {
  zstdCompress(bytes: Uint8Array, done: Done): void;
  zstdCompressSync(bytes: Uint8Array): Buffer;
  zstdDecompress(bytes: Uint8Array, options: zlib.ZlibOptions, done: Done): void;
  zstdDecompressSync(bytes: Uint8Array, options: zlib.ZlibOptions): Buffer;
}

/** Compression by `node:zlib`: deflate for small values, Zstandard for larger ones where Node has it. */
export class ZlibCompression implements Compression {
  readonly #ways: readonly (Way | undefined)[];

  /** @param node the functions of the running Node */
  constructor(node: object = zlib) {
    const ways: (Way | undefined)[] = [];
    ways[CompressionMethod.deflate] = DEFLATE;
    ways[CompressionMethod.zstd] = zstdOf(node);
    this.#ways = ways;
  }

  compress(bytes: Uint8Array): Packed | Promise<Packed> {
    const zstd = bytes.length >= MIN_ZSTD_BYTES ? this.#ways[CompressionMethod.zstd] : undefined;
    const method = zstd === undefined ? CompressionMethod.deflate : CompressionMethod.zstd;
    const { compress, compressLater } = zstd ?? DEFLATE;
    if (bytes.length <= MAX_SYNC_COMPRESSION) return packed(method, bytes, compress(bytes));
    return (async () => packed(method, bytes, await compressLater(bytes)))();
  }

  expand(method: number, given: Uint8Array, start: number): Uint8Array | Promise<Uint8Array> {
    const way = this.#ways[method];
    if (way === undefined) throw new RangeError(`unknown compression method ${method}`);
    const bytes = Buffer.from(given.buffer, given.byteOffset + start, given.byteLength - start);
    const length = bytes.readUInt32LE(0);
    if (length > MAX_BYTES) throw new RangeError(`a value of more than ${MAX_BYTES} bytes`);
    // Room for one byte more than claimed: expanding stops with an error as soon as that is full.
    const options = { maxOutputLength: Math.max(1, length), chunkSize: Math.max(64, length + 1) };
    const content = bytes.subarray(HEAD_BYTES);
    if (length <= MAX_SYNC_EXPANSION) return checked(way.expand(content, options), length);
    return (async () => checked(await way.expandLater(content, options), length))();
  }
}

function packed(method: number, bytes: Uint8Array, smaller: Buffer): Packed {
  if (smaller.length + HEAD_BYTES > MAX_COMPRESSED_RATIO * bytes.length)
    return { method: CompressionMethod.none, bytes };
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(bytes.length, 0);
  return { method, bytes: Buffer.concat([head, smaller]) };
}

function checked(expanded: Buffer, length: number): Buffer {
  if (expanded.length !== length) throw new RangeError('a value does not have the length it claims');
  return expanded;
}
