import { types } from 'node:util';
import { LarderValueError } from '../../base/errors.js';
import { type ClassRule, type KnownClass, type KnownClasses, NO_CLASSES } from './classes.js';
import { copyOf, keptCopyOf } from './copy.js';
import { errorNumberOf, hiddenOf } from './error-values.js';
import { freezeOne, hasInnards, isBinary, isSealed } from './freeze.js';
import { binaryBytes, dateBytes, memberBytes, numberBytes, tableBytes, textBytes } from './heap-size.js';

export interface Storable {
  /** Estimated bytes the value takes on the heap. */
  readonly bytes: number;
  /** Whether part of it cannot be frozen (binary data): callers must get copies. */
  readonly unfreezable: boolean;
}

/** A step into a value: the name of a member, the index of an element, or the key of a Map. */
type Step = string | number;

const MAX_DEPTH = 500;

/** Elements of a list that are checked for accessors and extra members: checking all costs half as much as storing them. */
const MAX_CHECKED_ELEMENTS = 4;

/**
 * Checks that a value can be cached, estimates its size and freezes it deeply and in place, so that all callers can share it.
 * If any part cannot be cached, nothing is frozen.
 *
 * @param classes classes whose instances can be cached too
 * @throws LarderValueError naming the path of the part that cannot be cached
 */
export function makeStorable(value: unknown, classes: KnownClasses = NO_CLASSES): Storable {
  const walk = new Walk(classes);
  const bytes = walk.measure(value);
  walk.freeze();
  return { bytes, unfreezable: walk.unfreezable };
}

/**
 * Checks that a value can be cached, and changes nothing.
 *
 * @throws LarderValueError naming the path of the part that cannot be cached
 */
export function checkStorable(value: unknown, classes: KnownClasses): void {
  new Walk(classes).measure(value);
}

/** Objects of a value among which a search by comparison is faster than a set. */
const MAX_UNINDEXED = 8;

/** An object that the walk is inside of, and those around it. */
interface Open {
  readonly object: object;
  readonly outer: Open | undefined;
}

class Walk {
  unfreezable = false;
  readonly #classes: KnownClasses;
  /** Every object found. Most values have few, so what only some need is made when it is needed. */
  #found: object[] | undefined;
  /** The same as a set, once there are many. */
  #index: Set<object> | undefined;
  /** Meeting one of these objects again is a cycle. */
  #open: Open | undefined;
  /** Maps, Sets and Dates to freeze. */
  #filled: object[] | undefined;
  /** Objects that `Object.freeze` is not for: these, binary data, and what instances with a rule have, which may change it. */
  #exempt: Set<object> | undefined;
  readonly #trail: Step[] = [];
  /** Whether members are checked one by one: the elements of a list are alike, so its first ones are enough. */
  #isClose = true;
  /** How many instances with a rule enclose the current object. */
  #rules = 0;

  constructor(classes: KnownClasses) {
    this.#classes = classes;
  }

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
    for (const object of this.#found ?? []) if (this.#exempt?.has(object) !== true) Object.freeze(object);
    for (const object of this.#filled ?? []) freezeOne(object);
  }

  #measureObject(value: object): number {
    if (!this.#isNew(value)) {
      for (let one = this.#open; one !== undefined; one = one.outer) {
        if (one.object === value) throw this.#refuse('contains itself');
      }
      return 0;
    }
    if (this.#trail.length > MAX_DEPTH) throw this.#refuse(`is nested more than ${MAX_DEPTH} levels deep`);
    if (this.#rules > 0) this.#exemptOne(value);
    const outer = this.#open;
    this.#open = { object: value, outer };
    const bytes = this.#measureMembers(value);
    this.#open = outer;
    return bytes;
  }

  /** Adds an object to those found, and returns whether it was not among them. */
  #isNew(value: object): boolean {
    const found = this.#found;
    if (found === undefined) this.#found = [value];
    if (found === undefined) return true;
    if (found.length >= MAX_UNINDEXED) this.#index ??= new Set(found);
    const isNew = this.#index === undefined ? !found.includes(value) : this.#index.add(value).size > found.length;
    if (isNew) found.push(value);
    return isNew;
  }

  #exemptOne(value: object): void {
    this.#exempt = (this.#exempt ?? new Set()).add(value);
  }

  #measureMembers(value: object): number {
    if (isBinary(value)) {
      this.unfreezable = true;
      this.#exemptOne(value);
      return binaryBytes(value.byteLength);
    }
    const ancestors = ancestorsOf(value);
    if (ancestors <= 1 && !types.isProxy(value)) return this.#measurePlain(value);
    const known = this.#classes.withPrototype(Object.getPrototypeOf(value));
    if (known !== undefined && !types.isProxy(value)) return this.#measureInstance(value, known);
    if (errorNumberOf(value) >= 0) return this.#measureError(value);
    if (ancestors > 2) throw this.#refuse(`is an instance of ${value.constructor?.name || 'a class'}`);
    if (Array.isArray(value)) return this.#measureArray(value);
    if (hasInnards(value)) this.#addFilled(value);
    if (types.isDate(value)) return dateBytes();
    if (types.isMap(value)) return this.#measureMap(value);
    if (types.isSet(value)) return this.#measureSet(value);
    throw this.#refuse(`is an instance of ${value.constructor?.name || 'a class'}`);
  }

  #measureInstance(value: object, { rule }: KnownClass): number {
    if (rule !== undefined) return this.#measureStored(value, rule);
    if (types.isNativeError(value)) return this.#measureError(value);
    if (hasInnards(value) || Array.isArray(value)) {
      throw this.#refuse('extends a built-in class, so its class needs store and restore');
    }
    return this.#measurePlain(value);
  }

  #addFilled(value: object): void {
    this.#checkBare(value);
    if (Object.isFrozen(value) && !isSealed(value)) this.unfreezable = true;
    if (this.#rules > 0) return;
    this.#exemptOne(value);
    if (this.#filled === undefined) this.#filled = [value];
    else this.#filled.push(value);
  }

  /** An instance with a rule is not frozen, because its class may change it; callers must get copies. */
  #measureStored(value: object, rule: ClassRule): number {
    this.unfreezable = true;
    this.#exemptOne(value);
    const stored = this.#attempt('stored', () => rule.store(value));
    this.#rules++;
    const bytes = memberBytes(2, false) + this.measure(stored);
    this.#rules--;
    this.#attempt('restored', () => rule.restore(copyOf(keptCopyOf(stored, this.#classes))));
    return bytes;
  }

  #attempt<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof LarderValueError ? error : this.#refuse(`cannot be ${what} by its class (${error})`);
    }
  }

  #measureError(error: object): number {
    const hidden = hiddenOf(error);
    let bytes = memberBytes(0, false) + this.#measurePlain(error);
    for (const [name, value] of Object.entries(hidden)) bytes += this.#measureBelow(value, name);
    return bytes;
  }

  #measureArray(values: readonly unknown[]): number {
    if (this.#isClose && hasNames(values)) throw this.#refuse('is an array with a member that is not an element');
    const wasClose = this.#isClose;
    let bytes = memberBytes(values.length, true);
    for (let index = 0; index < values.length; index++) {
      if (index === MAX_CHECKED_ELEMENTS) this.#isClose = false;
      bytes += this.#measureBelow(values[index], index);
    }
    this.#isClose = wasClose;
    return bytes;
  }

  #measurePlain(value: object): number {
    this.#checkSymbols(value);
    const members = value as Record<string, unknown>;
    const names = Object.keys(members);
    let bytes = memberBytes(names.length, false);
    for (const name of names) {
      const member = members[name];
      if (this.#isClose && isAccessor(value, name, member)) throw this.#refuseBelow('is an accessor', name);
      bytes += this.#measureBelow(member, name);
    }
    return bytes;
  }

  /** Members that a Map, a Set or a Date has besides its contents would be missing in copies. */
  #checkBare(value: object): void {
    if (Object.keys(value).length > 0) throw this.#refuse('has a member besides its contents');
    this.#checkSymbols(value);
  }

  #checkSymbols(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#refuse('has a member named by a symbol');
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
    // The trail names what is refused; a text or a number is not.
    if (typeof value === 'string' || typeof value === 'number') return this.measure(value);
    this.#trail.push(step);
    const bytes = this.measure(value);
    this.#trail.pop();
    return bytes;
  }

  #refuseBelow(problem: string, step: Step): LarderValueError {
    this.#trail.push(step);
    return this.#refuse(problem);
  }

  #refuse(problem: string): LarderValueError {
    const path = this.#trail.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    return new LarderValueError(`value${path}`, problem);
  }
}

/** Whether an array has members that are not elements. Own names list them after the elements. */
function hasNames(values: readonly unknown[]): boolean {
  let last: string | undefined;
  for (last in values);
  return last !== undefined && !isIndex(last) && Object.hasOwn(values, last);
}

function isIndex(name: string): boolean {
  return String(Number(name) >>> 0) === name;
}

const { __lookupGetter__: getterOf, __lookupSetter__: setterOf } = Object.prototype as unknown as {
  __lookupGetter__(this: object, name: string): unknown;
  __lookupSetter__(this: object, name: string): unknown;
};

/**
 * Whether an own member is an accessor: its value could change after it was stored. Cheaper checks come before the
 * descriptor; a lone setter reads as `undefined`.
 */
function isAccessor(value: object, name: string, member: unknown): boolean {
  return getterOf.call(value, name) !== undefined || (member === undefined && setterOf.call(value, name) !== undefined);
}

/** The length of an object's prototype chain: one for `{}`, two for an array, a Date or a Map, in any realm. */
function ancestorsOf(value: object): number {
  let count = 0;
  for (let above = Object.getPrototypeOf(value); above !== null; above = Object.getPrototypeOf(above)) count++;
  return count;
}
