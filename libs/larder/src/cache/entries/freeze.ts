import { types } from 'node:util';

/** Freezes one object, without the objects inside it. Not for binary data, which cannot be frozen. */
export function freezeOne<T extends object>(found: T): T {
  if (hasInnards(found)) sealInnards(found);
  return Object.freeze(found);
}

export function isBinary(value: object): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || types.isArrayBuffer(value);
}

/** Whether `Object.freeze` does not protect the contents of the object. */
export function hasInnards(value: object): boolean {
  return types.isMap(value) || types.isSet(value) || types.isDate(value);
}

function refuseChange(): never {
  throw new TypeError('Cannot change a cached value. Make a copy first: new Map(…), new Set(…) or new Date(…).');
}

const MAP_CHANGES: readonly string[] = ['set', 'delete', 'clear'];
const SET_CHANGES: readonly string[] = ['add', 'delete', 'clear'];
const DATE_CHANGES = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));

/** The mutating methods of a Map, a Set or a Date. */
function changesOf(value: object): readonly string[] {
  if (types.isMap(value)) return MAP_CHANGES;
  return types.isSet(value) ? SET_CHANGES : DATE_CHANGES;
}

// As a getter, it is stored once in the hidden class that all sealed objects of a kind share; a method would be stored in
// each object and more than double a Date. A prototype of our own would be as small, but would fail `deepStrictEqual`.
const SEAL: PropertyDescriptor = { get: () => refuseChange };

/** Blocks the mutating methods of a Map, a Set or a Date. */
function sealInnards(value: object): void {
  if (Object.isExtensible(value)) for (const name of changesOf(value)) Object.defineProperty(value, name, SEAL);
}

export function isSealed(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, changesOf(value)[0] as string)?.get === SEAL.get;
}
