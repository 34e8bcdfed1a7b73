import { LarderKeyError } from '../base/errors.js';
import { brand } from '../base/package/brand.js';
import type { Key } from './key.js';

/** A label that entries of any family can share, made by {@link tag}. */
export class Tag {
  static {
    brand(Tag, 'Tag');
  }

  constructor(readonly name: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.name;
  }
}

/** A glob that selects entries by path, made by {@link pattern}. */
export class Pattern {
  static {
    brand(Pattern, 'Pattern');
  }

  constructor(readonly glob: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.glob;
  }
}

/** What can be invalidated. A key covers itself and the keys below it. */
export type Target = Key | Tag | Pattern;

/**
 * A label for entries that change together but have unrelated keys: `tag('venue:7')`.
 *
 * @param name any string but the empty one
 * @throws LarderKeyError for any other name
 */
export function tag(name: string): Tag {
  if (typeof name !== 'string' || name === '')
    throw new LarderKeyError('the name of a tag', 'is not a non-empty string');
  return new Tag(name);
}

/**
 * Selects every entry whose path matches: `*` stands for any text, every other character for itself. `pattern('*')` selects
 * everything; `pattern('tournaments:*')` equals the key `['tournaments']` as a target; both cost one version. Any other glob
 * (`tournaments:*:scores`) scans the stored paths, at a cost that grows with their number.
 *
 * @throws LarderKeyError if the glob is not a non-empty string
 */
export function pattern(glob: string): Pattern {
  if (typeof glob !== 'string' || glob === '') throw new LarderKeyError('a pattern', 'is not a non-empty string');
  return new Pattern(glob);
}

/** The path that a glob is a plain prefix of (`tournaments` for `tournaments:*`, empty for `*`), or undefined. */
export function prefixOf(glob: string): string | undefined {
  if (glob === '*') return '';
  const path = glob.endsWith(':*') ? glob.slice(0, -2) : glob;
  return path.includes('*') ? undefined : path;
}

/** Whether a path matches a glob. Takes time in proportion to the path, whatever the glob. */
export function matches(glob: string, path: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return path === glob;
  if (path.length < head.length + tail.length || !path.startsWith(head) || !path.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = path.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= path.length - tail.length;
}
