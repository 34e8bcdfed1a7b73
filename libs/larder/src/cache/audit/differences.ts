import { inspect, isDeepStrictEqual, types } from 'node:util';
import { Kept, type KnownClasses } from '../entries/classes.js';
import { type AuditRule, isNamed, type Path, type PathPattern } from '../policy/audit-rule.js';

/** A part of two values that differs. */
export interface Difference {
  readonly path: Path;
  readonly served: unknown;
  readonly fresh: unknown;
  /** Whether two lists have the same elements, in another order. */
  readonly isOrder?: boolean;
}

/** What may differ. */
export interface Allowed {
  readonly ignore: readonly PathPattern[];
  readonly unordered: AuditRule['unordered'];
}

const NOTHING: Allowed = { ignore: [], unordered: [] };

/** In place of a loaded value: the load says that there is none, such as a 404. */
export class FailedLoad {
  readonly text: string;

  constructor(error: unknown) {
    const { name, message } = error as Partial<Error>;
    this.text = `${name ?? 'an error'}: ${message ?? String(error)}`;
  }
}

/** How many differences of two values are listed. */
const MAX_LISTED = 100;
const MAX_DEPTH = 64;

/**
 * The parts in which a stored value and a loaded one differ. A missing member equals `undefined`, and `undefined` equals `null`:
 * a value that came through Redis cannot tell them apart. Classes are not compared.
 */
export function differencesOf(
  stored: unknown,
  loaded: unknown,
  allowed: Allowed,
  classes: KnownClasses,
): readonly Difference[] {
  const comparison = new Comparison(allowed, classes);
  comparison.compare(stored, loaded, []);
  return comparison.found;
}

/** Whether two loaded values are equal. */
export function isSame(one: unknown, other: unknown, classes: KnownClasses): boolean {
  return differencesOf(one, other, NOTHING, classes).length === 0;
}

class Comparison {
  readonly found: Difference[] = [];
  readonly #allowed: Allowed;
  readonly #classes: KnownClasses;

  constructor(allowed: Allowed, classes: KnownClasses) {
    this.#allowed = allowed;
    this.#classes = classes;
  }

  compare(stored: unknown, loaded: unknown, path: Path): void {
    if (this.found.length >= MAX_LISTED || stored === loaded || Object.is(stored, loaded)) return;
    if (isNamed(path, this.#allowed.ignore) || isAbsent(stored, loaded)) return;
    if (loaded instanceof FailedLoad && !(stored instanceof FailedLoad)) {
      this.found.push({ path, served: stored, fresh: loaded });
      return;
    }
    const [served, fresh] = [this.#plain(stored), this.#plain(loaded)];
    if (served !== stored || fresh !== loaded) this.compare(served, fresh, path);
    else if (!isObject(served) || !isObject(fresh) || path.length >= MAX_DEPTH) this.#add(path, served, fresh);
    else this.#compareObjects(served, fresh, path);
  }

  #compareObjects(served: object, fresh: object, path: Path): void {
    if (Array.isArray(served) && Array.isArray(fresh)) {
      this.#compareLists(served, fresh, path);
      return;
    }
    if (types.isMap(served) && types.isMap(fresh)) {
      this.#compareMembers(membersOfMap(served), membersOfMap(fresh), path);
      return;
    }
    const leaf = leafOf(served);
    if (leaf !== undefined || leafOf(fresh) !== undefined) {
      if (leaf !== leafOf(fresh)) this.#add(path, served, fresh);
      return;
    }
    if (Array.isArray(served) !== Array.isArray(fresh)) this.#add(path, served, fresh);
    else this.#compareMembers(membersOf(served), membersOf(fresh), path);
  }

  #compareLists(served: readonly unknown[], fresh: readonly unknown[], path: Path): void {
    const { unordered } = this.#allowed;
    if (unordered === true || isNamed(path, unordered)) {
      this.#compareInOrder(sortedByText(served), sortedByText(fresh), path);
      return;
    }
    const before = this.found.length;
    this.#compareInOrder(served, fresh, path);
    if (this.found.length === before || !isDeepStrictEqual(sortedByText(served), sortedByText(fresh))) return;
    this.found.length = before;
    this.found.push({ path, served, fresh, isOrder: true });
  }

  #compareInOrder(served: readonly unknown[], fresh: readonly unknown[], path: Path): void {
    if (served.length !== fresh.length) this.#add([...path, 'length'], served.length, fresh.length);
    const length = Math.max(served.length, fresh.length);
    for (let index = 0; index < length; index++) this.compare(served[index], fresh[index], [...path, index]);
  }

  #compareMembers(served: ReadonlyMap<string, unknown>, fresh: ReadonlyMap<string, unknown>, path: Path): void {
    for (const [name, value] of served) this.compare(value, fresh.get(name), [...path, name]);
    for (const [name, value] of fresh) if (!served.has(name)) this.compare(undefined, value, [...path, name]);
  }

  #add(path: Path, served: unknown, fresh: unknown): void {
    if (!isNamed(path, this.#allowed.ignore)) this.found.push({ path, served, fresh });
  }

  /** The stored state of an instance, if its class has a rule. */
  #plain(value: unknown): unknown {
    if (value instanceof Kept) return value.stored;
    if (!isObject(value)) return value;
    const rule = this.#classes.withPrototype(Object.getPrototypeOf(value))?.rule;
    return rule === undefined ? value : rule.store(value);
  }
}

/** A text that tells whether two values without members of their own are equal; `undefined` for other values. */
function leafOf(value: object): string | undefined {
  if (types.isDate(value)) return `date ${value.getTime()}`;
  if (types.isSet(value)) return `set ${[...value].map(textOf).sort().join()}`;
  if (ArrayBuffer.isView(value))
    return `bytes ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`;
  if (types.isAnyArrayBuffer(value)) return `bytes ${Buffer.from(value).toString('base64')}`;
  return undefined;
}

function membersOf(value: object): ReadonlyMap<string, unknown> {
  const members = Object.entries(value);
  if (types.isNativeError(value)) members.push(['name', value.name], ['message', value.message]);
  return new Map(members);
}

function membersOfMap(map: ReadonlyMap<unknown, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...map].map(([key, value]) => [typeof key === 'string' ? key : textOf(key), value]));
}

function sortedByText(list: readonly unknown[]): readonly unknown[] {
  const texts = list.map((value) => [textOf(value), value] as const);
  return texts.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

function textOf(value: unknown): string {
  return inspect(value, {
    depth: 10,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isAbsent(one: unknown, other: unknown): boolean {
  return (one === undefined || one === null) && (other === undefined || other === null);
}
