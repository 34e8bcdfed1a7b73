import { LarderKeyError } from '../base/errors.js';
import type { Key } from './key.js';

/** A label that entries of different families share, made by {@link tag}. */
export class Tag {
  constructor(readonly name: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.name;
  }
}

/** Every entry whose path matches a glob, made by {@link pattern}. */
export class Pattern {
  constructor(readonly glob: string) {
    Object.freeze(this);
  }

  toString(): string {
    return this.glob;
  }
}

/** What can be invalidated: a key covers itself and everything below it. */
export type Target = Key | Tag | Pattern;

/**
 * A label for entries that change together although their keys do not lie together: `tag('venue:7')`.
 *
 * @param name any text but the empty one
 * @throws LarderKeyError if it is not
 */
export function tag(name: string): Tag {
  if (typeof name !== 'string' || name === '') throw new LarderKeyError('the name of a tag', 'is not a text');
  return new Tag(name);
}

/**
 * Every entry whose path matches: `*` stands for any text, everything else for itself. `pattern('*')` is everything;
 * `pattern('tournaments:*')` is the key `['tournaments']` as a target; both cost one version. A glob that is not such a
 * prefix (`tournaments:*:scores`) looks at the paths that are stored, which costs more the more there are.
 *
 * @throws LarderKeyError if the glob is not a text
 */
export function pattern(glob: string): Pattern {
  if (typeof glob !== 'string' || glob === '') throw new LarderKeyError('a pattern', 'is not a text');
  return new Pattern(glob);
}

/** The path a glob is a plain prefix of (`tournaments` for `tournaments:*`, empty for `*`), or undefined if it has to be searched. */
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
