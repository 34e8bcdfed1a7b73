/**
 * Serialises values for a tier outside this process.
 *
 * An implementation must return every value that `makeStorable` accepts unchanged (checked by the suite in
 * `test/contracts/codec.ts`).
 */
export interface Codec {
  /** The bytes of a value that `makeStorable` has accepted. */
  encode(value: unknown): Uint8Array;

  /**
   * The value, new and deeply frozen as by `makeStorable`, and whether part of it cannot be frozen. Throws for bytes that it
   * did not write; never allocates more than a small multiple of their size.
   *
   * @param start the offset of the first byte, by default 0; the last byte is the end
   */
  decode(bytes: Uint8Array, start?: number): Decoded;
}

export interface Decoded {
  readonly value: unknown;
  readonly unfreezable: boolean;
}
