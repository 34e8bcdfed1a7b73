import type { Codec, Decoded } from '../cache/codec.js';
import { ByteWriter } from './byte-writer.js';
import { decodeValue } from './decode.js';
import { encodeValue } from './encode.js';

/** Values in Larder's own format: what comes back is what went in, frozen, faster than `JSON.parse` would make it. */
export class ValueCodec implements Codec {
  readonly #writer = new ByteWriter();

  encode(value: unknown): Uint8Array {
    return encodeValue(value, this.#writer);
  }

  decode(bytes: Uint8Array): Decoded {
    return decodeValue(bytes);
  }
}
