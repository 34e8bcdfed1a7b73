import { LarderKeyError } from '../errors.js';
import { encodePath } from '../keys/key.js';
import { matches, Pattern, prefixOf, Tag, type Target } from '../keys/target.js';
import type { Parts } from './parts.js';

/**
 * The slots to bump so that targets are invalidated.
 *
 * @throws LarderKeyError for what is no target
 */
export function slotsOfTargets(parts: Parts, targets: readonly Target[]): number[] {
  return targets.flatMap((target) => {
    if (target instanceof Tag) return parts.slots.ofTag(target.name);
    if (target instanceof Pattern) return slotsOfPattern(parts, target.glob);
    if (Array.isArray(target)) return parts.slots.ofPath(encodePath(target));
    throw new LarderKeyError(
      'a target',
      `is ${target === null ? 'null' : typeof target}, not a key, a tag or a pattern`,
    );
  });
}

/** A prefix is one slot, however much lies below it. Any other glob is looked for in what is stored and under way. */
function slotsOfPattern(parts: Parts, glob: string): number[] {
  const prefix = prefixOf(glob);
  if (prefix !== undefined) return [parts.slots.ofPath(prefix)];
  const slots = new Set<number>();
  for (const entry of parts.store.entries()) {
    if (matches(glob, entry.id)) slots.add(parts.slots.ofStored(entry)[0] as number);
  }
  for (const flight of parts.flights.all()) {
    if (matches(glob, flight.id)) slots.add(flight.slots[0] as number);
  }
  parts.report({ type: 'searched', glob, matched: slots.size });
  return [...slots];
}
