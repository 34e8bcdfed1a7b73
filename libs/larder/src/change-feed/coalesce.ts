import { encodePath, type Key } from '../keys/key.js';
import { Pattern, Tag, type Target } from '../keys/target.js';

/**
 * Each target once, and where more than `limit` keys lie below one key, that key instead of them: it covers them all and
 * costs one invalidation. The longest such key is taken, so that as little else as possible is invalidated with them.
 */
export function coalesce(targets: readonly Target[], limit: number): Target[] {
  const distinct = new Map(targets.map((target) => [nameOf(target), target]));
  if (distinct.size <= limit) return [...distinct.values()];
  const below = new Map<string, number>();
  for (const target of distinct.values()) {
    for (const parent of parentsOf(target)) below.set(parent.path, (below.get(parent.path) ?? 0) + 1);
  }
  const coalesced = new Map<string, Target>();
  for (const [name, target] of distinct) {
    const crowded = parentsOf(target).find(({ path }) => (below.get(path) ?? 0) > limit);
    coalesced.set(crowded ? `key ${crowded.path}` : name, crowded?.key ?? target);
  }
  return [...coalesced.values()];
}

interface Parent {
  readonly key: Key;
  readonly path: string;
}

/** The keys above one, the longest first. */
function parentsOf(target: Target): Parent[] {
  if (target instanceof Tag || target instanceof Pattern) return [];
  const parents: Parent[] = [];
  for (let length = target.length - 1; length > 0; length--) {
    const key = target.slice(0, length) as unknown as Key;
    parents.push({ key, path: encodePath(key) });
  }
  return parents;
}

function nameOf(target: Target): string {
  if (target instanceof Tag) return `tag ${target.name}`;
  if (target instanceof Pattern) return `pattern ${target.glob}`;
  return `key ${encodePath(target)}`;
}
