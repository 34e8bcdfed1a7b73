import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { LarderKeyError } from '../base/errors.js';
import { disarm } from '../base/placement.js';

/** What a key may contain. The order of members does not matter; a member that is undefined counts as absent. */
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
// A UTF-16 unit takes at most three bytes in UTF-8: up to this length no counting is needed.
const SURELY_SHORT = Math.floor(MAX_ID_BYTES / 3);
const MAX_PART_DEPTH = 64;
/** Cannot occur in a part: there a percent sign is escaped. */
const DIGEST_MARK = '%sha256-';
const MIN_SHORTENED_LENGTH = DIGEST_MARK.length + 64;

/**
 * The path of a key, e.g. `tournaments:list:page=1`. Injective: different keys have different paths, except that a number
 * equals its decimal string. Parts are joined by `:`; characters with a meaning in paths are escaped inside a part (`%3A`),
 * and values that are not strings have a mark that no string can have (`%null`, `%true`, `%n5` for `5n`, `%d0` for a date).
 *
 * @throws LarderKeyError naming the position of an invalid part
 */
export function encodePath(key: Key): string {
  // JavaScript callers may pass anything.
  const family: unknown = (key as Key | null | undefined)?.[0];
  if (typeof family !== 'string' || !Array.isArray(key)) throw notAKey(key);
  return below(isSafe(family) ? family : encodeText(family), key);
}

/** The path of a key below its family. A short array of safe texts and numbers costs one concatenation per part. */
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
 * The id of an entry: its path, or for a path over 512 bytes its leading parts as far as they fit and the SHA-256 of the
 * whole, so that ids are bounded, readable from the left, and unique.
 */
export function idOf(path: string): string {
  return path.length <= SURELY_SHORT || Buffer.byteLength(path) <= MAX_ID_BYTES ? path : shorten(path);
}

/** The suffix of a path for one user or other scope: an invalidation of the key covers it. No key can have this path. */
export function segmentOf(mark: string, name: string): string {
  return `:%${mark}=${isSafe(name) ? name : encodeText(name)}`;
}

/** The suffix of the path of one caller's own value. @param scope `user`, or a name among the module's `scopes` */
export function segmentOfCaller(scope: string, identity: string): string {
  return segmentOf(scope === 'user' ? 'user' : `scope.${scope}`, identity);
}

/** The path of one variant of a value, below the path of all variants. No key can have this path. */
export function pathOfVariant(
  path: string,
  choices: readonly (readonly [name: string, value: string | undefined])[],
): string {
  const encoded = choices.map(
    ([name, value]) => `${encodeText(name)}=${value === undefined ? '%undefined' : encodeText(value)}`,
  );
  return `${path}:%vary=${encoded.join('&')}`;
}

/** Whether an id ends with a digest. */
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

/** What is unescaped in a path, as the inside of a class of letters in an expression. */
export const UNESCAPED = "A-Za-z0-9\\-._/@+~!$'";
const UNESCAPED_UNIT = new RegExp(`[${UNESCAPED}]`);

/** For each UTF-16 unit below 256, whether it is unescaped in a path. */
const STANDS_FOR_ITSELF = Uint8Array.from({ length: 256 }, (_, unit) =>
  UNESCAPED_UNIT.test(String.fromCharCode(unit)) ? 1 : 0,
);

/**
 * Whether a text is short and needs no escaping, as most parts. A table lookup, because this is most of the work of a hit.
 */
function isSafe(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > 64) return false;
  for (let index = 0; index < length; index++) {
    if (STANDS_FOR_ITSELF[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must be escaped
const STRUCTURE = /[\u0000-\u001f\u007f-\u009f%:*{}=&,()[\]]|[\ud800-\udfff]/gu;

function encodeText(text: string): string {
  if (text === '') return '%empty';
  return text.replace(STRUCTURE, escapeUnit);
}

function escapeUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  // The `u` flag matches only lone surrogates: UTF-8 would make all of them equal.
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

/** Also true for plain objects of another realm, such as a test runner's sandbox. */
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
  disarm(key);
  return Array.isArray(key)
    ? new LarderKeyError('key[0]', key.length === 0 ? 'is missing' : `is ${typeof key[0]}, not a string`)
    : new LarderKeyError('key', `is ${key === null ? 'null' : typeof key}, not an array`);
}

/** The first part of a path. */
export function familyOf(path: string): string {
  const end = path.indexOf(':');
  return end < 0 ? path : path.slice(0, end);
}
