import { type Key, UNESCAPED } from './key.js';

/** A path without escapes and suffixes. */
const UNESCAPED_PATH = new RegExp(`^[${UNESCAPED}]+(?::[${UNESCAPED}]+)*$`);
/** Up to how many parts are counted: as many as three bits hold. */
const MAX_PARTS = 7;
/** How many families are remembered; a power of two. */
const FAMILIES = 16;

/**
 * How many parts a path consists of, if it contains each as it is in the key; 0 for a path with an escaped part, with the suffix of a
 * scope, or with more than seven parts.
 */
export function unescapedPartsOf(path: string): number {
  if (!UNESCAPED_PATH.test(path)) return 0;
  const parts = path.split(':').length;
  return parts <= MAX_PARTS ? parts : 0;
}

/**
 * Joins the parts of keys without a look at their letters, for the hits of one cache. A joined path may be the path of another key:
 * `['items', 'a:b']` and `['items', 'a', 'b']` give the same. It is the path of the key if it equals a path that consists of
 * as many parts, by {@link unescapedPartsOf}: a part with a colon would make it one of more parts (`docs/decisions/0020`).
 */
export class JoinedPaths {
  // By the length of the family, which costs less to look up than a Map. Families of one length replace each other.
  readonly #families: string[] = Array(FAMILIES).fill('');
  /** The beginning of each family's paths, such as `items:`. */
  readonly #beginnings: string[] = Array(FAMILIES).fill('');

  /** The joined path of a key of at least two parts that are texts and numbers; `undefined` for any other. */
  of(key: Key): string | undefined {
    // JavaScript callers may pass anything.
    if (!Array.isArray(key) || key.length < 2) return undefined;
    const family: unknown = key[0];
    if (typeof family !== 'string') return undefined;
    const place = family.length & (FAMILIES - 1);
    const beginning = this.#families[place] === family ? this.#beginnings[place] : this.#remember(family, place);
    // Most keys are a family and an id: one concatenation.
    if (key.length > 2) return joined(family, key);
    const part: unknown = key[1];
    return typeof part === 'string' || typeof part === 'number' ? (beginning as string) + part : undefined;
  }

  #remember(family: string, place: number): string {
    this.#families[place] = family;
    this.#beginnings[place] = `${family}:`;
    return `${family}:`;
  }
}

function joined(family: string, key: Key): string | undefined {
  let path = family;
  for (let position = 1; position < key.length; position++) {
    const part = key[position];
    if (typeof part !== 'string' && typeof part !== 'number') return undefined;
    path += `:${part}`;
  }
  return path;
}
