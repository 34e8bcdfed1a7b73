import { Kept, type KnownClass, type KnownClasses } from '../cache/entries/classes.js';
import { copyOf } from '../cache/entries/copy.js';
import { makeError } from '../cache/entries/error-values.js';
import { freezeOne } from '../cache/entries/freeze.js';
import type { Decoded } from '../cache/shared-tier/codec.js';
import {
  ENCODINGS,
  ERROR_OF_CLASS,
  FORMAT,
  HEAD_BYTES,
  MAX_DEPTH,
  SHORT_TEXT,
  SMALL_INT,
  Tag,
  VIEWS,
} from './format.js';
import type { KnownShapes, Shape, Values } from './shapes.js';

/** What a codec knows before it reads: the shapes of earlier values, and classes. */
export interface Known {
  readonly plain: KnownShapes;
  readonly bare: KnownShapes;
  readonly instances: ReadonlyMap<KnownClass, KnownShapes>;
  readonly classes: KnownClasses;
}

/** The value in some bytes, frozen. Throws for bytes of no encoder; allocates at most a multiple of their size. */
export function decodeValue(given: Uint8Array, start: number, known: Known): Decoded {
  const bytes = Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const encoding = ENCODINGS[bytes[start + 1] as number];
  if (bytes[start] !== FORMAT || encoding === undefined) throw new RangeError('not a value of this format');
  const texts = start + HEAD_BYTES;
  const structure = texts + bytes.readUInt32LE(start + 2);
  if (structure > bytes.length) throw new RangeError('the value is cut off');
  const decoder = new Decoder(bytes, structure, bytes.toString(encoding, texts, structure), known);
  const value = decoder.read(0);
  if (!decoder.isAtEnd) throw new RangeError('extra bytes after the value');
  return { value, unfreezable: decoder.unfreezable };
}

/** Elements for which memory is reserved before they are read: the bytes may claim any number on every level. */
const MAX_RESERVED = 1000;

class Decoder implements Values {
  unfreezable = false;
  readonly #bytes: Buffer;
  readonly #texts: string;
  readonly #shapes: Shape[] = [];
  readonly #known: Known;
  #at: number;
  #text = 0;

  constructor(bytes: Buffer, start: number, texts: string, known: Known) {
    this.#known = known;
    this.#bytes = bytes;
    this.#at = start;
    this.#texts = texts;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length && this.#text === this.#texts.length;
  }

  read(depth: number): unknown {
    const tag = this.#byte();
    if (tag >= SHORT_TEXT) return this.#nextText(tag - SHORT_TEXT);
    if (tag >= SMALL_INT) return tag - SMALL_INT;
    switch (tag) {
      case Tag.null:
        return null;
      case Tag.undefined:
        return undefined;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.int: {
        const zigzag = this.#varint();
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
      case Tag.double:
        return this.#double();
      case Tag.text:
        return this.#nextText(this.#varint());
      case Tag.knownShape:
        return this.#readKnown(depth);
      case Tag.newShape:
        return this.#readMembers(this.#newShape(this.#known.plain), depth);
      case Tag.array:
        return this.#readArray(depth);
      default:
        return this.#readRare(tag, depth);
    }
  }

  #readRare(tag: number, depth: number): unknown {
    switch (tag) {
      case Tag.newBareShape:
        return this.#readMembers(this.#newShape(this.#known.bare), depth);
      case Tag.date:
        return freezeOne(new Date(this.#double()));
      case Tag.map:
        return this.#readMap(depth);
      case Tag.set:
        return this.#readSet(depth);
      case Tag.bigint: {
        const isNegative = this.#byte() === 1;
        const digits = this.#nextText(this.#varint());
        const size = BigInt(`0x${digits}`);
        return isNegative ? -size : size;
      }
      case Tag.buffer:
        return Buffer.from(this.#take(this.#varint()));
      case Tag.view:
        return this.#readView();
      case Tag.arrayBuffer:
        return this.#take(this.#varint());
      case Tag.newInstanceShape: {
        const shapes = this.#known.instances.get(this.#class());
        if (shapes === undefined) throw new RangeError('a class without members');
        return this.#readMembers(this.#newShape(shapes), depth);
      }
      case Tag.kept:
        return this.#readKept(depth);
      case Tag.error:
        return this.#readError(depth);
      default:
        throw new RangeError(`unknown tag ${tag}`);
    }
  }

  #readArray(depth: number): readonly unknown[] {
    const count = this.#count(depth);
    const values: unknown[] = count > MAX_RESERVED ? [] : new Array(count);
    for (let index = 0; index < count; index++) {
      if (this.#bytes[this.#at] === Tag.hole) {
        this.#at++;
        if (values.length <= index) values.length = index + 1;
      } else values[index] = this.read(depth + 1);
    }
    return Object.freeze(values);
  }

  #readKnown(depth: number): object {
    const shape = this.#shapes[this.#varint()];
    if (shape === undefined) throw new RangeError('unknown shape');
    return this.#readMembers(shape, depth);
  }

  #readMembers({ names, prototype, make, isShadowing, compiled }: Shape, depth: number): object {
    this.#goDeeper(depth);
    if (compiled !== undefined) return Object.freeze(new compiled(this, depth + 1));
    // Member by member: copying a template object is faster, but freezing it is four times slower.
    const members = prototype === null ? Object.create(null) : new make();
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      const value = this.next(depth + 1);
      if (isShadowing) define(members, name, value);
      else members[name] = value;
    }
    return Object.freeze(members);
  }

  /** {@link read}, with a shortcut for the most frequent values. */
  next(depth: number): unknown {
    const tag = this.#bytes[this.#at];
    // `undefined` past the end: `read` then throws.
    if (tag === undefined || tag < SHORT_TEXT) return this.read(depth);
    this.#at++;
    return this.#nextText(tag - SHORT_TEXT);
  }

  #newShape(known: KnownShapes): Shape {
    const place = this.#shapes.length;
    const guessed = known.guess(place);
    const shape = guessed !== undefined && this.#isNext(guessed) ? known.meet(guessed) : this.#findShape(known, place);
    this.#shapes.push(shape);
    return shape;
  }

  /** Whether the next shape is this one; then it is read. Cheaper than finding it by its names. */
  #isNext({ names, joined }: Shape): boolean {
    const start = this.#at;
    const end = this.#text + joined.length;
    // Several times faster than `startsWith`.
    let isSame = this.#varint() === names.length && this.#texts.substring(this.#text, end) === joined;
    for (let index = 0; isSame && index < names.length; index++) isSame = this.#varint() === names[index]?.length;
    if (isSame) this.#text = end;
    else this.#at = start;
    return isSame;
  }

  #findShape(known: KnownShapes, place: number): Shape {
    const count = this.#varint();
    if (count > this.#bytes.length - this.#at) throw new RangeError('more members than bytes');
    const lengths: number[] = [];
    let units = 0;
    for (let index = 0; index < count; index++) {
      const length = this.#varint();
      lengths.push(length);
      units += length;
    }
    return known.find(this.#nextText(units), lengths, place);
  }

  #readMap(depth: number): ReadonlyMap<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let left = this.#count(depth); left > 0; left--) {
      const key = this.read(depth + 1);
      map.set(key, this.read(depth + 1));
    }
    return freezeOne(map);
  }

  #readSet(depth: number): ReadonlySet<unknown> {
    const set = new Set<unknown>();
    for (let left = this.#count(depth); left > 0; left--) set.add(this.read(depth + 1));
    return freezeOne(set);
  }

  /** Restores one instance here too, so that a value which its class rejects counts as unreadable. */
  #readKept(depth: number): Kept {
    this.#goDeeper(depth);
    const type = this.#class();
    if (type.rule === undefined) throw new RangeError('a class without a rule');
    this.unfreezable = true;
    const kept = new Kept(type, this.read(depth + 1));
    copyOf(kept);
    return kept;
  }

  #readError(depth: number): Error {
    this.#goDeeper(depth);
    const number = this.#byte();
    const kind = number === ERROR_OF_CLASS ? this.#class().prototype : number;
    const hidden = this.read(depth + 1);
    const shown = this.read(depth + 1);
    return Object.freeze(makeError(kind, Object(hidden), Object(shown)));
  }

  #class(): KnownClass {
    const known = this.#known.classes.named(this.#nextText(this.#varint()));
    if (known === undefined) throw new RangeError('unknown class');
    return known;
  }

  #readView(): ArrayBufferView {
    const View = VIEWS[this.#byte()] as (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined;
    if (View === undefined) throw new RangeError('unknown view');
    return new View(this.#take(this.#varint()));
  }

  #take(length: number): ArrayBuffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the value is cut off');
    const taken = new Uint8Array(length);
    taken.set(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    this.unfreezable = true;
    return taken.buffer;
  }

  #nextText(length: number): string {
    const end = this.#text + length;
    if (end > this.#texts.length) throw new RangeError('the texts are cut off');
    const text = this.#texts.substring(this.#text, end);
    this.#text = end;
    return text;
  }

  /** A number of values, each of which takes at least a byte. */
  #count(depth: number): number {
    this.#goDeeper(depth);
    const count = this.#varint();
    if (count > this.#bytes.length - this.#at) throw new RangeError('more values than bytes');
    return count;
  }

  #goDeeper(depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError('nested too deep');
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError('the value is cut off');
    return this.#bytes[this.#at++] as number;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a number is too long');
  }

  #double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }
}

/** Defines an own member: an assignment would run a setter, or set the prototype for `__proto__`. */
function define(members: object, name: string, value: unknown): void {
  Object.defineProperty(members, name, { value, enumerable: true, writable: true, configurable: true });
}
