import { MAX_BYTES } from './format.js';

/** A growing buffer. It is reused for all values, so that most values need no other memory. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #end = 0;

  /** Starts a new value: the previous one must have been copied. */
  clear(): void {
    this.#end = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(4096);
  }

  /** The bytes written, valid until the next change. */
  get made(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** @param value a whole number from 0 up to 2^32 */
  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.#end);
    this.#end += 8;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  #reserve(count: number): void {
    const needed = this.#end + count;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_BYTES) throw new RangeError(`a value takes more than ${MAX_BYTES} bytes`);
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

const KEPT_BYTES = 1024 * 1024;
