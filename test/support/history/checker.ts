import type { Delivery, Operation, Read, Write } from './operations.js';

export interface Expectations {
  /** Maximum milliseconds by which a read that is not strong may lag behind an acknowledged write. */
  readonly maxStaleness: number;
  /** Maximum milliseconds of an operation. */
  readonly longest: number;
  /** The values of the database at the end. */
  readonly database: ReadonlyMap<string, number>;
}

/**
 * The violated promise: own writes (P2), the bound (P3), strong reads (P4), the end (P5). Or the operation returned a value
 * that was never written (`nowhere`), `failed` or was `slow`.
 */
export type Rule = 'P2' | 'P3' | 'P4' | 'P5' | 'nowhere' | 'failed' | 'slow';

export interface Violation {
  readonly rule: Rule;
  readonly operation: Operation;
  /** The version that it should have had at least. */
  readonly expected?: number;
}

/**
 * Every operation that broke a promise.
 *
 * When does a write count as acknowledged to all nodes? When an invalidation of the same process resolved with
 * `delivered: true` and was either made for this write, after its commit, or began after the write had resolved or rejected.
 * The second case is sound because a cache delivers pending invalidations in order: a delivery implies
 * all earlier invalidations of this process. Callers of a write-through do not see its delivery, therefore it
 * counts from the next delivered invalidation of its node. A write of a process that died earlier is never
 * required of a read.
 */
export function violationsOf(history: readonly Operation[], expectations: Expectations): Violation[] {
  const writes = history.filter(({ kind }) => kind === 'write') as Write[];
  const deliveries = history.filter((one): one is Delivery => one.kind === 'delivery' && one.delivered);
  const everywhere = acknowledgements(writes, deliveries);
  const own = ownWrites(writes);
  const began = new Map(writes.map((write) => [nameOf(write), write.began]));
  return history.flatMap((operation) => {
    const violations: Violation[] = [];
    if (operation.kind === 'failure') violations.push({ rule: 'failed', operation });
    if (operation.awake > expectations.longest) violations.push({ rule: 'slow', operation });
    if (operation.kind === 'read') violations.push(...staleness(operation, { everywhere, own, began, expectations }));
    return violations;
  });
}

interface Known {
  readonly everywhere: ReadonlyMap<string, Floors>;
  readonly own: ReadonlyMap<string, Floors>;
  /** When the write of a version began, by key and version. */
  readonly began: ReadonlyMap<string, number>;
  readonly expectations: Expectations;
}

/** Reads of other nodes, not strong, that were older than a write that had returned before: the bound of P3 allows them. */
export function staleElsewhere(history: readonly Operation[]): { readonly reads: number; readonly longest: number } {
  const byKey = new Map<string, Write[]>();
  for (const one of history)
    if (one.kind === 'write' && one.how === 'sql') byKey.set(one.key, [...(byKey.get(one.key) ?? []), one]);
  const late = history.flatMap((one) => {
    if (one.kind !== 'read' || one.strong || one.version === undefined) return [];
    const missed = (byKey.get(one.key) ?? []).filter(
      ({ version, ended }) => version > (one.version ?? 0) && ended < one.began,
    );
    return missed.length === 0 ? [] : [Math.max(...missed.map(({ ended }) => one.began - ended))];
  });
  return { reads: late.length, longest: Math.max(0, ...late) };
}

function staleness(operation: Read, { everywhere, own, began, expectations }: Known): Violation[] {
  const { version, key, node, strong, ended } = operation;
  if (version === undefined) return [];
  const { maxStaleness, database } = expectations;
  const last = database.get(key) ?? 0;
  const violations: Violation[] = [];
  const require = (rule: Rule, expected: number) => {
    if (version < expected) violations.push({ rule, operation, expected });
  };
  require('P2', own.get(`${node} ${key}`)?.before(operation.began) ?? 0);
  const bound = strong ? 0 : maxStaleness;
  require(strong ? 'P4' : 'P3', everywhere.get(key)?.before(operation.began - bound) ?? 0);
  if (operation.isFinal) require('P5', last);
  // If a writer died before its report, only the database has its version.
  const isFromNowhere = version > last || (began.get(nameOf({ key, version })) ?? 0) > ended;
  if (isFromNowhere) violations.push({ rule: 'nowhere', operation });
  return violations;
}

/** By key: from when on all nodes must have which version. */
function acknowledgements(writes: readonly Write[], deliveries: readonly Delivery[]): Map<string, Floors> {
  const floors = new Map<string, Floors>();
  for (const { of: write, ended } of deliveries) if (write) floorsOf(floors, write.key).add(ended, write.version);
  const nodes = new Set(deliveries.map(({ node }) => node));
  const next = new Map(
    [...nodes].map((name) => [name, new NextDelivery(deliveries.filter(({ node }) => node === name))]),
  );
  for (const { node, key, version, ended } of writes) {
    const moment = next.get(node)?.after(ended);
    if (moment !== undefined) floorsOf(floors, key).add(moment, version);
  }
  return floors;
}

/** By node and key: from when on this node must have which version. */
function ownWrites(writes: readonly Write[]): Map<string, Floors> {
  const floors = new Map<string, Floors>();
  for (const { node, key, version, ended } of writes) floorsOf(floors, `${node} ${key}`).add(ended, version);
  return floors;
}

function floorsOf(floors: Map<string, Floors>, name: string): Floors {
  const found = floors.get(name) ?? new Floors();
  floors.set(name, found);
  return found;
}

function nameOf({ key, version }: { readonly key: string; readonly version: number }): string {
  return `${key}@${version}`;
}

/** The newest version required before a moment. */
class Floors {
  private readonly steps: { readonly moment: number; version: number }[] = [];
  private isSorted = true;

  add(moment: number, version: number): void {
    this.steps.push({ moment, version });
    this.isSorted = false;
  }

  before(moment: number): number {
    this.sort();
    const index = firstFrom(this.steps, (step) => step.moment >= moment);
    return this.steps[index - 1]?.version ?? 0;
  }

  private sort(): void {
    if (this.isSorted) return;
    this.steps.sort((one, other) => one.moment - other.moment);
    let newest = 0;
    for (const step of this.steps) {
      newest = Math.max(newest, step.version);
      step.version = newest;
    }
    this.isSorted = true;
  }
}

/** The end of the first delivery that began after a moment. */
class NextDelivery {
  private readonly sorted: readonly Delivery[];
  private readonly ends: number[];

  constructor(deliveries: readonly Delivery[]) {
    this.sorted = deliveries.toSorted((one, other) => one.began - other.began);
    this.ends = this.sorted.map(({ ended }) => ended);
    // A delivery that began later may have ended sooner.
    for (let index = this.ends.length - 2; index >= 0; index--) {
      this.ends[index] = Math.min(this.ends[index] as number, this.ends[index + 1] as number);
    }
  }

  after(moment: number): number | undefined {
    return this.ends[firstFrom(this.sorted, ({ began }) => began >= moment)];
  }
}

/** The index of the first element of a sorted list that meets a condition, or its length. */
function firstFrom<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
