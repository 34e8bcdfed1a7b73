import { types } from 'node:util';
import { LarderValueError } from '../errors.js';
import { binaryBytes, dateBytes, memberBytes, numberBytes, tableBytes, textBytes } from './heap-size.js';

export interface Storable {
  /** Estimated bytes the value takes on the heap. */
  readonly bytes: number;
  /** Whether something in it cannot be frozen (binary data): callers must get copies. */
  readonly unfreezable: boolean;
}

/** A step into a value: the name of a member, the index of an element, or the key of a Map. */
type Step = string | number;

const DEEPEST_VALUE = 500;

/**
 * Checks that a value can be cached, measures it and freezes it for good, in place: from here on every caller may get the
 * very same object. Nothing is frozen if something in it cannot be cached.
 *
 * @throws LarderValueError naming the path of what cannot be cached
 */
export function makeStorable(value: unknown): Storable {
  const walk = new Walk();
  const bytes = walk.measure(value);
  walk.freeze();
  return { bytes, unfreezable: walk.unfreezable };
}

class Walk {
  unfreezable = false;
  /** Every object found, and whether the walk is still inside it. */
  readonly #found = new Map<object, boolean>();
  readonly #trail: Step[] = [];

  measure(value: unknown): number {
    switch (typeof value) {
      case 'string':
        return textBytes(value);
      case 'number':
        return numberBytes(value);
      case 'boolean':
      case 'undefined':
        return 0;
      case 'bigint':
        return textBytes(value.toString(16));
      case 'object':
        return value === null ? 0 : this.#measureObject(value);
      default:
        throw this.#refuse(`is a ${typeof value}`);
    }
  }

  freeze(): void {
    for (const found of this.#found.keys()) if (!isBinary(found)) freezeOne(found);
  }

  #measureObject(value: object): number {
    const inside = this.#found.get(value);
    if (inside === true) throw this.#refuse('contains itself');
    if (inside === false) return 0;
    if (this.#trail.length > DEEPEST_VALUE) throw this.#refuse(`is nested more than ${DEEPEST_VALUE} levels deep`);
    this.#found.set(value, true);
    const bytes = this.#measureMembers(value);
    this.#found.set(value, false);
    return bytes;
  }

  #measureMembers(value: object): number {
    if (isBinary(value)) {
      this.unfreezable = true;
      return binaryBytes(value.byteLength);
    }
    const ancestors = ancestorsOf(value);
    if (ancestors <= 1 && !types.isProxy(value)) return this.#measurePlain(value);
    if (ancestors > 2) throw this.#refuse(`is an instance of ${value.constructor?.name || 'a class'}`);
    if (Array.isArray(value)) return this.#measureArray(value);
    if (hasInnards(value) && Object.isFrozen(value) && !isSealed(value)) this.unfreezable = true;
    if (types.isDate(value)) return dateBytes();
    if (types.isMap(value)) return this.#measureMap(value);
    if (types.isSet(value)) return this.#measureSet(value);
    throw this.#refuse(`is an instance of ${value.constructor?.name || 'a class'}`);
  }

  #measureArray(values: readonly unknown[]): number {
    let bytes = memberBytes(values.length, true);
    for (let index = 0; index < values.length; index++) bytes += this.#measureBelow(values[index], index);
    return bytes;
  }

  #measurePlain(value: object): number {
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#refuse('has a member named by a symbol');
    const members = value as Record<string, unknown>;
    const names = Object.keys(members);
    let bytes = memberBytes(names.length, false);
    for (const name of names) bytes += this.#measureBelow(members[name], name);
    return bytes;
  }

  #measureMap(map: ReadonlyMap<unknown, unknown>): number {
    let bytes = tableBytes(map.size, 3);
    let index = 0;
    for (const [key, value] of map) {
      const step = typeof key === 'string' ? key : index;
      bytes += this.#measureBelow(key, step) + this.#measureBelow(value, step);
      index++;
    }
    return bytes;
  }

  #measureSet(set: ReadonlySet<unknown>): number {
    let bytes = tableBytes(set.size, 2);
    let index = 0;
    for (const value of set) bytes += this.#measureBelow(value, index++);
    return bytes;
  }

  #measureBelow(value: unknown, step: Step): number {
    this.#trail.push(step);
    const bytes = this.measure(value);
    this.#trail.pop();
    return bytes;
  }

  #refuse(problem: string): LarderValueError {
    const path = this.#trail.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    return new LarderValueError(`value${path}`, problem);
  }
}

/** Freezes one object of a value for good, without what it holds. Not for binary data, which cannot be frozen. */
export function freezeOne<T extends object>(found: T): T {
  if (hasInnards(found)) sealInnards(found);
  return Object.freeze(found);
}

/**
 * A copy for a caller of a value with something in it that cannot be frozen. Binary data keeps its class, a Buffer too.
 */
export function copyOf<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, copies: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const made = copyObject(value, copies);
  copies.set(value, made);
  return made;
}

function copyObject(value: object, copies: Map<object, object>): object {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (types.isTypedArray(value)) return value.slice();
  if (types.isArrayBuffer(value)) return value.slice(0);
  if (ArrayBuffer.isView(value)) return new DataView(bytesOf(value));
  if (types.isDate(value)) return new Date(value);
  if (types.isMap(value)) return new Map([...value].map(([key, member]) => [copy(key, copies), copy(member, copies)]));
  if (types.isSet(value)) return new Set([...value].map((member) => copy(member, copies)));
  if (Array.isArray(value)) return value.map((member) => copy(member, copies));
  const members = Object.entries(value).map(([name, member]) => [name, copy(member, copies)]);
  return Object.assign(Object.create(Object.getPrototypeOf(value)), Object.fromEntries(members));
}

function bytesOf(view: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
}

/** How many prototypes stand above an object: one for `{}`, two for an array, a Date or a Map, in any realm. */
function ancestorsOf(value: object): number {
  let count = 0;
  for (let above = Object.getPrototypeOf(value); above !== null; above = Object.getPrototypeOf(above)) count++;
  return count;
}

function isBinary(value: object): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || types.isArrayBuffer(value);
}

/** Whether `Object.freeze` does not reach what the object keeps. */
function hasInnards(value: object): boolean {
  return types.isMap(value) || types.isSet(value) || types.isDate(value);
}

function refuseChange(): never {
  throw new TypeError('Cannot change a cached value. Make a copy first: new Map(…), new Set(…) or new Date(…).');
}

const MAP_CHANGES: readonly string[] = ['set', 'delete', 'clear'];
const SET_CHANGES: readonly string[] = ['add', 'delete', 'clear'];
const DATE_CHANGES = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));

/** The methods by which a Map, a Set or a Date changes. */
function changesOf(value: object): readonly string[] {
  if (types.isMap(value)) return MAP_CHANGES;
  return types.isSet(value) ? SET_CHANGES : DATE_CHANGES;
}

// A getter lies in the hidden class that all sealed objects of a kind have in common; a method would lie in each of them
// and more than double a Date. A prototype of our own would be as small, but equal to no plain Date for `deepStrictEqual`.
const SEAL: PropertyDescriptor = { get: () => refuseChange };

/** Shuts the methods by which a Map, a Set or a Date changes. */
function sealInnards(value: object): void {
  if (Object.isExtensible(value)) for (const name of changesOf(value)) Object.defineProperty(value, name, SEAL);
}

function isSealed(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, changesOf(value)[0] as string)?.get === SEAL.get;
}
