import { LarderKeyError } from '../base/errors.js';
import { encodePath, type Key } from '../keys/key.js';
import { Pattern, Tag, type Target } from '../keys/target.js';

/** The targets of a batch of changes, without duplicates. */
export class TargetSet {
  readonly #byName = new Map<string, Target>();

  /** @throws TypeError if `targets` is not a list; LarderKeyError if one of them is not a target */
  add(targets: readonly Target[]): void {
    if (!Array.isArray(targets)) throw new TypeError('it did not return a list of targets');
    for (const target of targets) {
      const name = nameOf(target);
      if (!this.#byName.has(name)) this.#byName.set(name, target);
    }
  }

  /**
   * All targets. If more than `limit` keys lie below one key, that key replaces them: it costs one invalidation. The longest
   * possible key is used, because a shorter one would invalidate more.
   */
  coalesced(limit: number): Target[] {
    if (this.#byName.size <= limit) return [...this.#byName.values()];
    const below = new Map<string, number>();
    for (const target of this.#byName.values()) {
      for (const { path } of parentsOf(target)) below.set(path, (below.get(path) ?? 0) + 1);
    }
    const coalesced = new Map<string, Target>();
    for (const [name, target] of this.#byName) {
      const crowded = parentsOf(target).find(({ path }) => (below.get(path) ?? 0) > limit);
      coalesced.set(crowded?.path ?? name, crowded?.key ?? target);
    }
    return [...coalesced.values()];
  }
}

interface Parent {
  readonly key: Key;
  readonly path: string;
}

/** The prefixes of a key, the longest first. */
function parentsOf(target: Target): Parent[] {
  if (target instanceof Tag || target instanceof Pattern) return [];
  const parents: Parent[] = [];
  for (let length = target.length - 1; length > 0; length--) {
    const key = target.slice(0, length) as unknown as Key;
    parents.push({ key, path: encodePath(key) });
  }
  return parents;
}

/** The path of a key; tags and patterns get a prefix with which no path begins. */
function nameOf(target: Target): string {
  if (target instanceof Tag) return `%tag ${target.name}`;
  if (target instanceof Pattern) return `%pattern ${target.glob}`;
  if (!Array.isArray(target)) throw new LarderKeyError('a target', 'is not a key, a tag or a pattern');
  return encodePath(target as Key);
}
