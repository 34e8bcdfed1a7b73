import { types } from 'node:util';
import { Kept, type KnownClasses, NO_CLASSES } from './classes.js';
import { errorNumberOf, hiddenOf, makeError } from './error-values.js';

/** A copy of an unfreezable value for a caller. Binary data keeps its class; a {@link Kept} becomes an instance. */
export function copyOf<T>(value: T): T {
  return new Copies(NO_CLASSES).of(value) as T;
}

/** A copy of a checked value for the cache: each instance whose class has a rule becomes a {@link Kept}. */
export function keptCopyOf(value: unknown, classes: KnownClasses): unknown {
  return new Copies(classes).of(value);
}

class Copies {
  readonly #classes: KnownClasses;
  readonly #made = new Map<object, unknown>();

  /** @param classes instances whose class has a rule here become {@link Kept} */
  constructor(classes: KnownClasses) {
    this.#classes = classes;
  }

  readonly of = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#made.get(value);
    if (known !== undefined) return known;
    const made = this.#copy(value);
    this.#made.set(value, made);
    return made;
  };

  #copy(value: object): unknown {
    if (value instanceof Kept) return value.type.rule?.restore(this.of(value.stored));
    const known = this.#classes.withPrototype(Object.getPrototypeOf(value));
    if (known?.rule !== undefined) return new Kept(known, this.of(known.rule.store(value)));
    return copyObject(value, this.of);
  }
}

function copyObject(value: object, copy: (value: unknown) => unknown): object {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (types.isTypedArray(value)) return value.slice();
  if (types.isArrayBuffer(value)) return value.slice(0);
  if (ArrayBuffer.isView(value)) return new DataView(bytesOf(value));
  if (types.isDate(value)) return new Date(value);
  if (types.isMap(value)) return new Map([...value].map(([key, member]) => [copy(key), copy(member)]));
  if (types.isSet(value)) return new Set([...value].map(copy));
  if (Array.isArray(value)) return value.map(copy);
  const members = membersOf(value, copy);
  if (!types.isNativeError(value)) return addMembers(Object.create(Object.getPrototypeOf(value)), members);
  const number = errorNumberOf(value);
  return makeError(number < 0 ? Object.getPrototypeOf(value) : number, membersOf(hiddenOf(value), copy), members);
}

function membersOf(value: object, copy: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]));
}

/** Defines members: an assignment would run setters, and would take `__proto__` as the prototype. */
function addMembers(target: object, members: object): object {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(members));
}

function bytesOf(view: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
}
