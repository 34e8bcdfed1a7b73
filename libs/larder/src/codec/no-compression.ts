import { type Compression, CompressionMethod, type Packed } from '../cache/shared-tier/compression.js';

/** Compresses nothing, but reads compressed values of other processes: for a cache with compression switched off. */
export class NoCompression implements Compression {
  constructor(private readonly others: Compression) {}

  compress(bytes: Uint8Array): Packed {
    return { method: CompressionMethod.none, bytes };
  }

  expand(method: number, bytes: Uint8Array, start: number): Uint8Array | Promise<Uint8Array> {
    return this.others.expand(method, bytes, start);
  }
}
