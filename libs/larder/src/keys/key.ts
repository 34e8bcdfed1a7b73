import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { LarderKeyError } from '../base/errors.js';

/** What a key may hold. Plain objects count by their members, in any order; a member that is undefined is absent. */
export type KeyPart =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | readonly KeyPart[]
  | { readonly [name: string]: KeyPart };

/**
 * A path: the first part names a family, each further part narrows it. `['tournaments', 'list', { page: 1 }]` lies below
 * `['tournaments', 'list']` and below `['tournaments']`.
 */
export type Key = readonly [string, ...KeyPart[]];

const MAX_ID_BYTES = 512;
// A UTF-16 unit takes at most three bytes in UTF-8: up to this length nothing has to be counted.
const SURELY_SHORT = Math.floor(MAX_ID_BYTES / 3);
const MAX_PART_DEPTH = 64;
const MAX_FAMILIES = 1000;
/** No part contains it: a percent sign in a text is escaped. */
const DIGEST_MARK = '%sha256-';
const MIN_SHORTENED_LENGTH = DIGEST_MARK.length + 64;

/**
 * The path a key stands for, e.g. `tournaments:list:page=1`. Injective: different keys have different paths, except that
 * a number is the same part as its decimal string. Parts are joined by `:`; what is structure in a path is escaped inside
 * a part (`%3A`), and what is not text carries a mark no text can have (`%null`, `%true`, `%n5` for `5n`, `%d0` for a date).
 *
 * @throws LarderKeyError naming the position of what a key cannot hold
 */
export function encodePath(key: Key): string {
  // JavaScript may pass what is none.
  const family: unknown = (key as Key | null | undefined)?.[0];
  if (typeof family !== 'string' || !Array.isArray(key)) throw notAKey(key);
  return below(isSafe(family) ? family : encodeText(family), key);
}

/** {@link encodePath} for the hot path of one cache: it remembers which families need no escaping. */
export class PathEncoder {
  /** For families that need no escaping, what their keys begin with: `tournaments:`. */
  readonly #prefixes = new Map<string, string>();

  encode(key: Key): string {
    const prefix = this.#prefixes.get((key as Key | null | undefined)?.[0] as string);
    if (prefix === undefined || !Array.isArray(key)) return this.#encodeNew(key);
    const part: unknown = key[1];
    // Most keys are a family and an id: one concatenation.
    if (key.length === 2 && typeof part === 'string' && isSafe(part)) return prefix + part;
    return below(key[0], key);
  }

  #encodeNew(key: Key): string {
    const path = encodePath(key);
    const family = key[0];
    if (isSafe(family) && this.#prefixes.size < MAX_FAMILIES) this.#prefixes.set(family, `${family}:`);
    return path;
  }
}

/** The rest of a key below its family. A short array of safe texts and numbers costs one concatenation a part. */
function below(family: string, key: Key): string {
  let path = family;
  for (let position = 1; position < key.length; position++) {
    const part = key[position];
    if (typeof part === 'number') path += `:${part}`;
    else if (typeof part === 'string' && isSafe(part)) path += `:${part}`;
    else path += `:${encodePart(part, position)}`;
  }
  return path;
}

/**
 * The name an entry is stored under: its path, or for a path over 512 bytes its leading parts as far as they fit and the
 * SHA-256 of the whole, so that names stay bounded, readable from the left, and different for different keys.
 */
export function idOf(path: string): string {
  return path.length <= SURELY_SHORT || Buffer.byteLength(path) <= MAX_ID_BYTES ? path : shorten(path);
}

/** What comes behind the path of a key for one user, class or the like: what invalidates the key covers it. No key has it. */
export function segmentOf(mark: string, name: string): string {
  return `:%${mark}=${isSafe(name) ? name : encodeText(name)}`;
}

/** A path of one variant of a value, below the path that all variants share. No key has such a path. */
export function pathOfVariant(
  path: string,
  choices: readonly (readonly [name: string, value: string | undefined])[],
): string {
  const encoded = choices.map(
    ([name, value]) => `${encodeText(name)}=${value === undefined ? '%undefined' : encodeText(value)}`,
  );
  return `${path}:%vary=${encoded.join('&')}`;
}

/** Whether an id is no longer the whole path. */
export function isShortened(id: string): boolean {
  return id.length >= MIN_SHORTENED_LENGTH && id.includes(DIGEST_MARK);
}

function shorten(path: string): string {
  const digest = `${DIGEST_MARK}${createHash('sha256').update(path).digest('hex')}`;
  let readable = '';
  for (let end = path.indexOf(':'); end !== -1; end = path.indexOf(':', end + 1)) {
    const longer = path.slice(0, end + 1);
    if (Buffer.byteLength(longer) + digest.length > MAX_ID_BYTES) break;
    readable = longer;
  }
  return readable + digest;
}

/** For each UTF-16 unit below 256, whether it stands for itself in a path: letters, digits and `-._/@+~!$'`. */
const STANDS_FOR_ITSELF = Uint8Array.from({ length: 256 }, (_, unit) =>
  /[A-Za-z0-9\-._/@+~!$']/.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** A short text in which every unit stands for itself, as most parts are. A table, because this is most of a hit's own work. */
function isSafe(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > 64) return false;
  for (let index = 0; index < length; index++) {
    if (STANDS_FOR_ITSELF[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is to be escaped
const STRUCTURE = /[\u0000-\u001f\u007f-\u009f%:*{}=&,()[\]]|[\ud800-\udfff]/gu;

function encodeText(text: string): string {
  if (text === '') return '%empty';
  return text.replace(STRUCTURE, escapeUnit);
}

function escapeUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  // With the `u` flag only a lone surrogate is matched as one: UTF-8 cannot hold it, so it would meet every other.
  if (code >= 0xd800) return `%s${code.toString(16).toUpperCase()}`;
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function encodePart(part: unknown, position: number): string {
  return encode(part, { trail: [position], open: new Set(), top: true });
}

interface Walk {
  readonly trail: (string | number)[];
  readonly open: Set<object>;
  /** An object that is a whole part needs no parentheses: `page=1`. */
  top: boolean;
}

function encode(part: unknown, walk: Walk): string {
  switch (typeof part) {
    case 'string':
      return encodeText(part);
    case 'number':
      return String(part);
    case 'boolean':
      return part ? '%true' : '%false';
    case 'undefined':
      return '%undefined';
    case 'bigint':
      return `%n${part}`;
    case 'object':
      return part === null ? '%null' : encodeObject(part, walk);
    default:
      throw keyError(walk, `is a ${typeof part}`);
  }
}

function encodeObject(part: object, walk: Walk): string {
  if (types.isDate(part)) return `%d${part.getTime()}`;
  if (walk.open.has(part)) throw keyError(walk, 'contains itself');
  if (walk.trail.length > MAX_PART_DEPTH) throw keyError(walk, `is nested more than ${MAX_PART_DEPTH} levels deep`);
  const top = walk.top;
  walk.top = false;
  walk.open.add(part);
  const encoded = Array.isArray(part) ? encodeArray(part, walk) : encodeMembers(part, walk, top);
  walk.open.delete(part);
  return encoded;
}

function encodeArray(parts: readonly unknown[], walk: Walk): string {
  const encoded: string[] = [];
  for (let index = 0; index < parts.length; index++) encoded.push(encodeBelow(parts[index], index, walk));
  return `[${encoded.join(',')}]`;
}

function encodeMembers(part: object, walk: Walk, top: boolean): string {
  if (!isPlain(part)) throw keyError(walk, `is an instance of ${classOf(part)}`);
  if (Object.getOwnPropertySymbols(part).length > 0) throw keyError(walk, 'has a member named by a symbol');
  const members = part as Record<string, unknown>;
  const encoded: string[] = [];
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) encoded.push(`${encodeText(name)}=${encodeBelow(member, name, walk)}`);
  }
  return top && encoded.length > 0 ? encoded.join('&') : `(${encoded.join('&')})`;
}

function encodeBelow(part: unknown, step: string | number, walk: Walk): string {
  walk.trail.push(step);
  const encoded = encode(part, walk);
  walk.trail.pop();
  return encoded;
}

/** Also true of plain objects of another realm, such as those a test runner's sandbox hands over. */
function isPlain(part: object): boolean {
  const prototype = Object.getPrototypeOf(part);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(part: object): string {
  return part.constructor?.name || 'a class';
}

function keyError(walk: Walk, problem: string): LarderKeyError {
  return new LarderKeyError(`key${walk.trail.map(step).join('')}`, problem);
}

function step(name: string | number): string {
  return typeof name === 'number' ? `[${name}]` : `.${name}`;
}

function notAKey(key: unknown): LarderKeyError {
  return Array.isArray(key)
    ? new LarderKeyError('key[0]', key.length === 0 ? 'is missing' : `is ${typeof key[0]}, not a string`)
    : new LarderKeyError('key', `is ${key === null ? 'null' : typeof key}, not an array`);
}
