import { KnownClasses } from '../cache/entries/classes.js';
import type { Codec, Decoded } from '../cache/shared-tier/codec.js';
import { ByteWriter } from './byte-writer.js';
import { decodeValue, type Known } from './decode.js';
import { encodeValue } from './encode.js';
import { KnownShapes } from './shapes.js';

/** Larder's own format: reads values back unchanged and frozen, faster than `JSON.parse`. */
export class ValueCodec implements Codec {
  readonly #writer = new ByteWriter();
  readonly #known: Known;

  /** @param classes classes whose instances are written and read too */
  constructor(classes = new KnownClasses()) {
    const plainOnes = [...classes.all()].filter(({ rule }) => rule === undefined);
    this.#known = {
      classes,
      plain: new KnownShapes(Object.prototype),
      bare: new KnownShapes(null),
      instances: new Map(plainOnes.map((type) => [type, new KnownShapes(type.prototype)])),
    };
  }

  encode(value: unknown): Uint8Array {
    return encodeValue(value, this.#writer, this.#known.classes);
  }

  decode(bytes: Uint8Array, start = 0): Decoded {
    return decodeValue(bytes, start, this.#known);
  }
}
