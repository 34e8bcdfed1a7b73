import { LarderKeyError, LarderOptionsError } from '../base/errors.js';
import { encodePath, isShortened, type Key } from './key.js';
import { matches, type Pattern, pattern, prefixOf, Tag, tag } from './target.js';

/** What an operator names: a path or a glob, or a tag. */
export type NamedTarget = Pattern | Tag;

/**
 * Targets from a command line: paths as `keys` prints them, globs, keys as JSON.
 *
 * @param isEverything whether to invalidate everything
 * @throws LarderOptionsError that lists every invalid text
 */
export function parseTargets(texts: readonly string[], tags: readonly string[], isEverything: boolean): NamedTarget[] {
  const problems: string[] = [];
  const found: NamedTarget[] = isEverything ? [pattern('*')] : [];
  for (const text of texts) {
    const problem = problemOfTarget(text);
    if (problem !== undefined) problems.push(`invalid target '${text}': ${problem}`);
    else found.push(pattern(isJson(text) ? toPath(text) : text));
  }
  for (const name of tags) {
    if (name === '') problems.push('invalid --tag: got an empty text, expected the name of a tag');
    else found.push(tag(name));
  }
  if (found.length === 0 && problems.length === 0) {
    problems.push("no target; name a key such as tournaments:7, a pattern such as 'tournaments:*', or a --tag");
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return found;
}

/**
 * The path of one key.
 *
 * @throws LarderOptionsError for a pattern, and for a text that cannot be a key
 */
export function parsePath(text: string): string {
  const problem = isJson(text) || !text.includes('*') ? problemOfKey(text) : 'is a pattern, expected one key';
  if (problem !== undefined) throw new LarderOptionsError([`invalid key '${text}': ${problem}`]);
  return isJson(text) ? toPath(text) : text;
}

/** The name of a target, for people. */
export function nameOf(target: NamedTarget): string {
  if (target instanceof Tag) return `tag ${target.name}`;
  return target.glob === '*' ? 'everything' : target.glob;
}

/** How to find the entries of a target by their ids; `undefined` for a tag. */
export interface Coverage {
  /** Matches at least the covered ids. */
  readonly glob: string;
  covers(id: string): boolean;
}

export function coverageOf(target: NamedTarget): Coverage | undefined {
  if (target instanceof Tag) return undefined;
  const { glob } = target;
  const path = prefixOf(glob);
  if (path === undefined) return { glob, covers: (id) => matches(glob, id) };
  if (path === '') return { glob: '*', covers: () => true };
  return { glob: `${path}*`, covers: (id) => id === path || id.startsWith(`${path}:`) };
}

function problemOfTarget(text: string): string | undefined {
  if (/^\*+$/.test(text)) return 'covers everything; if you mean that, use --everything';
  if (isShortened(text))
    return 'the end of this long key is a digest, which no target can name; name a prefix or a tag of it';
  return problemOfKey(text);
}

function problemOfKey(text: string): string | undefined {
  if (isJson(text)) return problemOfJson(text);
  return text.split(':').includes('') ? 'a part between colons is empty' : undefined;
}

function problemOfJson(text: string): string | undefined {
  try {
    toPath(text);
    return undefined;
  } catch (error) {
    if (error instanceof LarderKeyError) return `${error.position} ${error.problem}`;
    return 'is no JSON, expected a list such as ["tournaments",7]';
  }
}

/** No path begins with a bracket. */
function isJson(text: string): boolean {
  return text.startsWith('[');
}

function toPath(json: string): string {
  return encodePath(JSON.parse(json) as Key);
}
