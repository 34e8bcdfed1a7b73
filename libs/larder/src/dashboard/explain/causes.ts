import type { NodeReport } from '../../cache/fleet/node-report.js';
import type { InvalidatedDependency } from '../../cache/reads/inspector.js';
import { ROOT_SLOT, type Slots } from '../../cache/versions/slots.js';
import { figuresOf, labelOf } from '../figures/node-figures.js';
import type { NotedInvalidation } from './invalidation-log.js';

/** An invalidation, and the process that made it. */
export interface LocatedInvalidation extends NotedInvalidation {
  /** `host:pid` */
  readonly node: string;
}

/** Why an entry is refused. */
export interface Cause extends InvalidatedDependency {
  /** Who invalidated it; `undefined` if no process remembers. */
  readonly by: string | undefined;
  readonly node: string | undefined;
}

/** Clocks of machines differ by less. */
const MAX_SKEW = 5000;

/** The last invalidations of all processes, the latest first. Those of other processes are as old as their last report. */
export function locatedInvalidations(
  reports: readonly NodeReport[],
  self: string,
  own: readonly NotedInvalidation[],
): readonly LocatedInvalidation[] {
  const all = reports.flatMap((report) => {
    const invalidations = report.node.id === self ? own : (figuresOf(report)?.invalidations ?? []);
    return invalidations.map((one) => ({ ...one, node: labelOf(report) }));
  });
  return all.sort((one, other) => other.at - one.at);
}

/** The invalidation behind each change of a dependency: the one that raised its slot and is closest in time. */
export function causesOf(
  changes: readonly InvalidatedDependency[],
  invalidations: readonly LocatedInvalidation[],
  slots: Slots,
  now: number,
): readonly Cause[] {
  return changes.map((change) => {
    const slot = slotOf(change.name, slots);
    const distance = (one: LocatedInvalidation) => Math.abs(one.at - (now - change.ago));
    const fitting = invalidations.filter((one) => one.slots.includes(slot) && distance(one) < MAX_SKEW);
    const [closest] = fitting.sort((one, other) => distance(one) - distance(other));
    return { ...change, by: closest?.by, node: closest?.node };
  });
}

/** The last invalidation of a key, of those above it, or of everything. */
export function lastFor(
  path: string,
  invalidations: readonly LocatedInvalidation[],
  slots: Slots,
): LocatedInvalidation | undefined {
  const parts = path.split(':');
  const own = parts.map((_, index) => slots.ofPath(parts.slice(0, index + 1).join(':')));
  return invalidations.find((one) => one.slots.includes(ROOT_SLOT) || own.some((slot) => one.slots.includes(slot)));
}

/** The slot of a dependency as `inspect` names it; none for one that is neither a key nor a tag. */
function slotOf(name: string, slots: Slots): number {
  if (name === 'everything') return ROOT_SLOT;
  if (name.startsWith('key ')) return slots.ofPath(name.slice('key '.length));
  return name.startsWith('tag ') ? slots.ofTag(name.slice('tag '.length)) : Number.NaN;
}
