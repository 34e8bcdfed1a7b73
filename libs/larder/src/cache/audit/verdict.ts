import type { KnownClasses } from '../entries/classes.js';
import { patternOf } from '../policy/audit-rule.js';
import { type Difference, isSame } from './differences.js';

/** What several comparisons of one value, at different times, tell. */
export interface Verdict {
  /** Parts that stayed different although nothing was invalidated. */
  readonly stale: readonly Difference[];
  /** Patterns of parts that are different in every load, such as times and random numbers; the empty pattern for the whole. */
  readonly unstable: readonly string[];
}

/** With fewer loads, a part that changed in each may be a coincidence. */
const MIN_LOADS = 3;

/** @param looks the differences that each comparison found, oldest first */
export function verdictOf(looks: readonly (readonly Difference[])[], classes: KnownClasses): Verdict {
  const last = looks.at(-1) ?? [];
  const before = looks.slice(0, -1).map((look) => new Map(look.map((one) => [keyOf(one), one])));
  const stale: Difference[] = [];
  const unstable = new Set<string>();
  for (const difference of last) {
    const earlier = before.map((look) => look.get(keyOf(difference)));
    if (earlier.includes(undefined)) continue;
    const loaded = [...earlier.map((one) => one?.fresh), difference.fresh];
    const changes = loaded.slice(1).filter((value, at) => !isSame(value, loaded[at], classes)).length;
    if (loaded.length >= MIN_LOADS && changes === loaded.length - 1) {
      // Of a list in another order each time, the elements are still compared.
      if (!difference.isOrder) unstable.add(patternOf(difference.path));
    } else if (isSame(loaded.at(-2), difference.fresh, classes)) stale.push(difference);
  }
  return { stale, unstable: [...unstable] };
}

function keyOf({ path }: Difference): string {
  return JSON.stringify(path);
}
