import { LarderKeyError } from '../errors.js';
import { encodePath, isShortened } from '../keys/key.js';
import { matches, Pattern, prefixOf, Tag, type Target } from '../keys/target.js';
import type { Parts } from './parts.js';

/** Ids that a search of the shared tier may match before a whole prefix is invalidated instead. */
const MOST_MATCHES = 10_000;

/**
 * The slots to bump so that targets are invalidated.
 *
 * @throws LarderKeyError for what is no target
 */
export async function slotsOfTargets(parts: Parts, targets: readonly Target[]): Promise<number[]> {
  const slots = targets.map((target) => {
    if (target instanceof Tag) return [parts.slots.ofTag(target.name)];
    if (target instanceof Pattern) return slotsOfPattern(parts, target.glob);
    if (Array.isArray(target)) return [parts.slots.ofPath(encodePath(target))];
    throw new LarderKeyError(
      'a target',
      `is ${target === null ? 'null' : typeof target}, not a key, a tag or a pattern`,
    );
  });
  return (await Promise.all(slots)).flat();
}

/** A prefix is one slot, however much lies below it. Any other glob is looked for in what is stored and under way. */
async function slotsOfPattern(parts: Parts, glob: string): Promise<number[]> {
  const prefix = prefixOf(glob);
  if (prefix !== undefined) return [parts.slots.ofPath(prefix)];
  const slots = new Set<number>();
  for (const entry of parts.store.entries()) {
    if (matches(glob, entry.id)) slots.add(parts.slots.ofStored(entry)[0] as number);
  }
  for (const flight of parts.flights.all()) {
    if (matches(glob, flight.id)) slots.add(flight.slots[0] as number);
  }
  const isComplete = await searchShared(parts, glob, slots);
  if (!isComplete) slots.clear();
  if (!isComplete) slots.add(parts.slots.ofPath(literalPrefixOf(glob)));
  parts.report({ type: 'searched', glob, matched: slots.size });
  return [...slots];
}

/** Adds the slots of what the shared tier has, and answers whether that is all of it. */
async function searchShared({ shared, slots: hash }: Parts, glob: string, slots: Set<number>): Promise<boolean> {
  if (shared === undefined) return true;
  try {
    for await (const ids of shared.search(glob)) {
      for (const id of ids) {
        // What follows the readable part of a shortened id is a digest: its slots are not those of its path.
        if (isShortened(id)) return false;
        if (matches(glob, id)) slots.add(hash.ofPath(id));
      }
      if (slots.size > MOST_MATCHES) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** The longest path that everything lies below that a glob can match. */
function literalPrefixOf(glob: string): string {
  const literal = glob.slice(0, glob.indexOf('*'));
  return literal.slice(0, Math.max(0, literal.lastIndexOf(':')));
}
