/** How a payload is compressed. The numbers are part of the stored format: never change them. */
export const CompressionMethod = { none: 0, deflate: 1, zstd: 2 } as const;

/** A payload as stored in a shared tier. */
export interface Packed {
  readonly method: number;
  readonly bytes: Uint8Array;
}

/**
 * Compresses payloads for a tier outside this process: small ones synchronously; large ones in another thread, with a
 * promise, so that they do not block the event loop.
 */
export interface Compression {
  /** The compressed bytes, or the bytes as they are if compression does not pay. */
  compress(bytes: Uint8Array): Packed | Promise<Packed>;

  /**
   * The original bytes. Throws or rejects for an unknown method and for bytes that it did not write; never allocates more
   * than the largest value.
   *
   * @param start the offset of the first byte; the last byte is the end
   */
  expand(method: number, bytes: Uint8Array, start: number): Uint8Array | Promise<Uint8Array>;
}
