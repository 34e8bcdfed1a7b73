import type { Codec, Decoded } from '../cache/codec.js';
import { ByteWriter } from './byte-writer.js';
import { decodeValue } from './decode.js';
import { encodeValue } from './encode.js';
import { KnownShapes } from './shapes.js';

/** Values in Larder's own format: what comes back is what went in, frozen, faster than `JSON.parse` would make it. */
export class ValueCodec implements Codec {
  readonly #writer = new ByteWriter();
  readonly #known = { plain: new KnownShapes(Object.prototype), bare: new KnownShapes(null) };

  encode(value: unknown): Uint8Array {
    return encodeValue(value, this.#writer);
  }

  decode(bytes: Uint8Array, start = 0): Decoded {
    return decodeValue(bytes, start, this.#known);
  }
}
