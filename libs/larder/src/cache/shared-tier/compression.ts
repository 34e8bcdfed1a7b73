/** How bytes were made smaller. The numbers are written with every entry, and kept for ever. */
export const CompressionMethod = { none: 0, deflate: 1, zstd: 2 } as const;

/** The bytes of a value, as they lie in a shared tier. */
export interface Packed {
  readonly method: number;
  readonly bytes: Uint8Array;
}

/**
 * Makes the bytes of values smaller for a tier outside this process. Small ones at once, large ones elsewhere, so that they
 * do not hold up everything else: then the answer is a promise.
 */
export interface Compression {
  /** The bytes, smaller if they are the kind that gets smaller, else as they are. */
  compress(bytes: Uint8Array): Packed | Promise<Packed>;

  /**
   * What was compressed. Throws, or rejects, for a method this process does not have and for bytes that are not its own;
   * never takes more memory than a value may.
   *
   * @param start where it begins in the bytes; it goes to their end
   */
  expand(method: number, bytes: Uint8Array, start: number): Uint8Array | Promise<Uint8Array>;
}
