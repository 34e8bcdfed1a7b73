import { deserialize, serialize } from 'node:v8';
import type { Codec, Decoded } from '../cache/codec.js';
import { makeStorable } from '../cache/storable.js';

/** Values as V8 writes them. */
export class ValueCodec implements Codec {
  encode(value: unknown): Uint8Array {
    return serialize(value);
  }

  decode(bytes: Uint8Array): Decoded {
    const value: unknown = deserialize(bytes);
    return { value, unfreezable: makeStorable(value).unfreezable };
  }
}
