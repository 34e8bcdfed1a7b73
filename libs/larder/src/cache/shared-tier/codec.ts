/**
 * Values as bytes, for a tier outside this process.
 *
 * What an implementation must hold to (the suite in `test/contracts/codec.ts` checks it): whatever `makeStorable` takes
 * comes back as it went in.
 */
export interface Codec {
  /** The bytes of a value that `makeStorable` has accepted. */
  encode(value: unknown): Uint8Array;

  /**
   * The value, fresh and frozen for good as `makeStorable` freezes, and whether something in it cannot be frozen.
   * Throws for bytes that are not its own; never takes more memory than a small multiple of them.
   *
   * @param start where they begin; by default at 0. They go to the end.
   */
  decode(bytes: Uint8Array, start?: number): Decoded;
}

export interface Decoded {
  readonly value: unknown;
  readonly unfreezable: boolean;
}
