import { mapInBatches } from '../../base/batches.js';
import { LarderKeyError } from '../../base/errors.js';
import { encodePath, isShortened, type Key } from '../../keys/key.js';
import { matches, Pattern, prefixOf, Tag, type Target } from '../../keys/target.js';
import type { CacheContext } from '../state/context.js';

/** The most matches of a pattern in the shared tier; beyond it the whole prefix is invalidated. */
const MAX_MATCHES = 10_000;

/**
 * The slots to bump to invalidate targets; a promise if there are many, or if patterns among them must be searched for.
 *
 * @throws LarderKeyError for an invalid target
 */
export function slotsOfTargets(
  context: CacheContext,
  targets: readonly Target[],
): readonly number[] | Promise<readonly number[]> {
  const found = mapInBatches(targets, (target) => slotsOfTarget(context, target) ?? (target as Pattern));
  if (found instanceof Promise) return found.then((all) => search(context, all));
  const slots: number[] = [];
  for (const one of found) {
    if (one instanceof Pattern) return search(context, found);
    for (const slot of one) slots.push(slot);
  }
  return slots;
}

/** Replaces patterns by the slots that they match. */
async function search(context: CacheContext, found: readonly (readonly number[] | Pattern)[]): Promise<number[]> {
  const slots: number[] = [];
  for (const one of found) {
    for (const slot of one instanceof Pattern ? await searched(context, one.glob) : one) slots.push(slot);
  }
  return slots;
}

/**
 * The slots of a target, if they do not depend on what is stored.
 *
 * @throws LarderKeyError for an invalid target
 */
export function slotsOfTarget(context: CacheContext, target: Target): readonly number[] | undefined {
  if (target instanceof Tag) return [context.slots.ofTag(target.name)];
  if (Array.isArray(target)) return [context.slots.ofPath(encodePath(target as Key))];
  if (!(target instanceof Pattern)) {
    const problem = `is ${target === null ? 'null' : typeof target}, not a key, a tag or a pattern`;
    throw new LarderKeyError('a target', problem);
  }
  const prefix = prefixOf(target.glob);
  return prefix === undefined ? undefined : [context.slots.ofPath(prefix)];
}

/** The slots of all stored and loading keys that a glob matches. */
async function searched(context: CacheContext, glob: string): Promise<number[]> {
  const slots = new Set<number>();
  for (const entry of context.store.entries()) {
    if (matches(glob, entry.id)) slots.add(context.slots.ofStored(entry)[0] as number);
  }
  for (const flight of context.flights.all()) {
    if (matches(glob, flight.id)) slots.add(flight.slots[0] as number);
  }
  const isComplete = await searchShared(context, glob, slots);
  if (!isComplete) slots.clear();
  if (!isComplete) slots.add(context.slots.ofPath(literalPrefixOf(glob)));
  context.report({ type: 'pattern-scanned', glob, matched: slots.size });
  return [...slots];
}

/** Adds the slots of matches in the shared tier; `false` if there may be more than it could add. */
async function searchShared({ shared, slots: hash }: CacheContext, glob: string, slots: Set<number>): Promise<boolean> {
  if (shared === undefined) return true;
  try {
    for await (const ids of shared.search(glob)) {
      for (const id of ids) {
        // The end of a shortened id is a digest, which does not tell the slots of its path.
        if (isShortened(id)) return false;
        if (matches(glob, id)) slots.add(hash.ofPath(id));
      }
      if (slots.size > MAX_MATCHES) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** The longest prefix of all paths that a glob can match. */
function literalPrefixOf(glob: string): string {
  const literal = glob.slice(0, glob.indexOf('*'));
  return literal.slice(0, Math.max(0, literal.lastIndexOf(':')));
}
