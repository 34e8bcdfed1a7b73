import { types } from 'node:util';
import { Kept, type KnownClass, type KnownClasses } from '../cache/entries/classes.js';
import { errorNumberOf, hiddenOf } from '../cache/entries/error-values.js';
import type { ByteWriter } from './byte-writer.js';
import {
  ENCODINGS,
  ERROR_OF_CLASS,
  FORMAT,
  HEAD_BYTES,
  MAX_BYTES,
  MAX_DEPTH,
  SHORT_TEXT,
  SMALL_INT,
  Tag,
  VIEWS,
} from './format.js';

/**
 * The bytes of a value that `makeStorable` has accepted. Throws a RangeError for a value that could not be read back: one
 * that repeats objects so often that it takes too many bytes or nests too deep, or binary data of a class that the format
 * lacks.
 */
export function encodeValue(value: unknown, structure: ByteWriter, classes: KnownClasses): Buffer {
  structure.clear();
  const encoder = new Encoder(structure, classes);
  encoder.write(value);
  const texts = encoder.texts.join('');
  const encoding = encodingOf(texts);
  const length = Buffer.byteLength(texts, ENCODINGS[encoding]);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length + structure.made.length);
  bytes[0] = FORMAT;
  bytes[1] = encoding;
  bytes.writeUInt32LE(length, 2);
  bytes.write(texts, HEAD_BYTES, ENCODINGS[encoding]);
  bytes.set(structure.made, HEAD_BYTES + length);
  return bytes;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of one-byte texts begins at zero
const ONE_BYTE = /^[\u0000-\u00ff]*$/;

function encodingOf(texts: string): 0 | 1 | 2 {
  if (ONE_BYTE.test(texts)) return 0;
  // UTF-8 cannot encode half a surrogate pair.
  return isWellFormed(texts) ? 1 : 2;
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** The most shapes compared name by name before the search ends: of the whole value, and among similar ones. */
const MAX_COMPARED = 8;

interface Shape {
  readonly names: readonly string[];
  readonly prototype: object | null;
  readonly number: number;
}

class Encoder {
  readonly texts: string[] = [];
  readonly #structure: ByteWriter;
  readonly #classes: KnownClasses;
  /** The first shapes of the value, which are usually all. */
  readonly #first: Shape[] = [];
  /** Further shapes, by a key that separates most of them. */
  readonly #shapes = new Map<string, Shape[]>();
  #count = 0;
  #units = 0;
  #depth = 0;

  constructor(structure: ByteWriter, classes: KnownClasses) {
    this.#classes = classes;
    this.#structure = structure;
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#writeText(value);
        break;
      case 'number':
        this.#writeNumber(value);
        break;
      case 'boolean':
        this.#structure.byte(value ? Tag.true : Tag.false);
        break;
      case 'undefined':
        this.#structure.byte(Tag.undefined);
        break;
      case 'bigint':
        this.#structure.byte(Tag.bigint);
        this.#structure.byte(value < 0n ? 1 : 0);
        this.#name((value < 0n ? -value : value).toString(16));
        break;
      default:
        if (value === null) this.#structure.byte(Tag.null);
        else this.#goInto(value as object);
    }
  }

  #writeText(text: string): void {
    if (text.length < 256 - SHORT_TEXT) {
      this.#structure.byte(SHORT_TEXT + text.length);
      this.#keep(text);
    } else {
      this.#structure.byte(Tag.text);
      this.#name(text);
    }
  }

  #name(text: string): void {
    this.#structure.varint(text.length);
    this.#keep(text);
  }

  #keep(text: string): void {
    this.#units += text.length;
    if (this.#units > MAX_BYTES) throw new RangeError(`the texts of a value take more than ${MAX_BYTES} bytes`);
    this.texts.push(text);
  }

  #writeNumber(value: number): void {
    if ((value | 0) !== value || Object.is(value, -0)) {
      this.#structure.byte(Tag.double);
      this.#structure.double(value);
    } else if (value >= 0 && value < SHORT_TEXT - SMALL_INT) {
      this.#structure.byte(SMALL_INT + value);
    } else {
      this.#structure.byte(Tag.int);
      this.#structure.varint(((value << 1) ^ (value >> 31)) >>> 0);
    }
  }

  #goInto(value: object): void {
    if (this.#depth > MAX_DEPTH) throw new RangeError(`a value is nested more than ${MAX_DEPTH} levels deep`);
    this.#depth++;
    this.#writeObject(value);
    this.#depth--;
  }

  #writeObject(value: object): void {
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      this.#writeMembers(value, prototype);
      return;
    }
    const known = this.#classes.withPrototype(prototype);
    if (known !== undefined) this.#writeInstance(value, known);
    else if (value instanceof Kept) this.#writeKept(value.type, value.stored);
    else if (Array.isArray(value)) this.#writeArray(value);
    else if (types.isDate(value)) {
      this.#structure.byte(Tag.date);
      this.#structure.double(value.getTime());
    } else if (types.isMap(value)) {
      this.#structure.byte(Tag.map);
      this.#structure.varint(value.size);
      for (const [key, member] of value) {
        this.write(key);
        this.write(member);
      }
    } else if (types.isSet(value)) {
      this.#structure.byte(Tag.set);
      this.#structure.varint(value.size);
      for (const member of value) this.write(member);
    } else if (ArrayBuffer.isView(value)) this.#writeView(value);
    else if (types.isAnyArrayBuffer(value)) this.#writeBytes(Tag.arrayBuffer, new Uint8Array(value));
    else if (types.isNativeError(value)) this.#writeError(value, undefined);
    // Plain objects of another realm have another `Object.prototype`.
    else this.#writeMembers(value, prototype === null ? null : Object.prototype);
  }

  #writeArray(values: readonly unknown[]): void {
    this.#structure.byte(Tag.array);
    this.#structure.varint(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value === undefined && !(index in values)) this.#structure.byte(Tag.hole);
      else this.write(value);
    }
  }

  #writeInstance(value: object, known: KnownClass): void {
    if (known.rule !== undefined) this.#writeKept(known, known.rule.store(value));
    else if (types.isNativeError(value)) this.#writeError(value, known);
    else this.#writeMembers(value, known.prototype, known);
  }

  #writeKept({ name }: KnownClass, stored: unknown): void {
    this.#structure.byte(Tag.kept);
    this.#name(name);
    this.write(stored);
  }

  #writeError(error: object, known: KnownClass | undefined): void {
    const number = known === undefined ? errorNumberOf(error) : ERROR_OF_CLASS;
    if (number < 0) throw new RangeError(`an error of the class ${error.constructor.name} cannot be written`);
    this.#structure.byte(Tag.error);
    this.#structure.byte(number);
    if (known !== undefined) this.#name(known.name);
    this.#writeMembers(hiddenOf(error), Object.prototype);
    this.#writeMembers(error, Object.prototype);
  }

  #writeMembers(value: object, prototype: object | null, type?: KnownClass): void {
    const members = value as Readonly<Record<string, unknown>>;
    const names = Object.keys(members);
    const known = this.#findShape(names, prototype);
    if (known === undefined) {
      this.#structure.byte(type ? Tag.newInstanceShape : prototype === null ? Tag.newBareShape : Tag.newShape);
      if (type !== undefined) this.#name(type.name);
      this.#structure.varint(names.length);
      for (const name of names) this.#name(name);
    } else {
      this.#structure.byte(Tag.knownShape);
      this.#structure.varint(known);
    }
    for (const name of names) this.write(members[name]);
  }

  /** The number of a known shape; `undefined` for a new one, which it remembers. */
  #findShape(names: readonly string[], prototype: object | null): number | undefined {
    const known = numberIn(this.#first, names, prototype);
    if (known !== undefined) return known;
    if (this.#first.length < MAX_COMPARED) {
      this.#first.push({ names, prototype, number: this.#count++ });
      return undefined;
    }
    const key = `${names.length}${names[0]}`;
    const alike = this.#shapes.get(key) ?? [];
    const number = numberIn(alike, names, prototype);
    if (number !== undefined) return number;
    if (alike.length < MAX_COMPARED) alike.push({ names, prototype, number: this.#count });
    this.#shapes.set(key, alike);
    this.#count++;
    return undefined;
  }

  #writeView(view: ArrayBufferView): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (Buffer.isBuffer(view)) {
      this.#writeBytes(Tag.buffer, bytes);
      return;
    }
    const className = Object.prototype.toString.call(view).slice(8, -1);
    const number = VIEWS.findIndex(({ name }) => name === className);
    if (number < 0) throw new RangeError(`a ${className} cannot be written`);
    this.#structure.byte(Tag.view);
    this.#structure.byte(number);
    this.#structure.varint(bytes.length);
    this.#structure.bytes(bytes);
  }

  #writeBytes(tag: number, bytes: Uint8Array): void {
    this.#structure.byte(tag);
    this.#structure.varint(bytes.length);
    this.#structure.bytes(bytes);
  }
}

function numberIn(shapes: readonly Shape[], names: readonly string[], prototype: object | null): number | undefined {
  for (const shape of shapes) {
    if (shape.prototype === prototype && isSame(shape.names, names)) return shape.number;
  }
  return undefined;
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false;
  return true;
}
