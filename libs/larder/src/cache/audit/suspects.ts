import type { ObservedRead } from '../observed/tracker.js';
import type { Difference } from './differences.js';
import { type RecentChange, textsOf } from './recent-changes.js';

/** How many suspects a finding names. */
const MAX_SUSPECTS = 3;
/** The score of a row that the load reads: more than that of any likeness. */
const READ = 100;
/** Names are alike if they begin alike: `venue` and `venues`. */
const STEM = 4;

/** What a finding tells about the stale value. */
export interface StaleValue {
  readonly value: unknown;
  readonly path: string;
  readonly differences: readonly Difference[];
}

export interface Suspects {
  /** The most likely first. */
  readonly suspects: readonly RecentChange[];
  /** Whether they share a value or a name with the stale value. */
  readonly isLikely: boolean;
}

/** A table that the load of the stale value reads. */
export interface TableRead {
  readonly table: string;
  readonly query: string;
  /** The last change of a row that can matter. */
  readonly change: RecentChange | undefined;
  readonly returnsChange: boolean;
}

/**
 * The changes that most likely made a value stale.
 *
 * @param read what its load reads; empty if that is not known. A row of another table is no suspect then.
 */
export function suspectsAmong(
  changes: readonly RecentChange[],
  stale: StaleValue,
  read: readonly TableRead[],
): Suspects {
  const traces = tracesOf(stale);
  const isRead = new Set(read.map(({ change }) => change));
  const judged = changes
    .filter((change) => change.kind === 'write' || read.length === 0 || isRead.has(change))
    .map((change, age) => ({ change, age, score: scoreOf(change, traces) + (isRead.has(change) ? READ : 0) }));
  judged.sort((one, other) => other.score - one.score || one.age - other.age);
  const best = judged[0]?.score ?? 0;
  // A change that shares nothing with the value is named only if none does.
  const named = judged.filter(({ score }) => score > 0 || best === 0).map(({ change }) => change);
  return { suspects: distinct(named).slice(0, MAX_SUSPECTS), isLikely: best > 0 };
}

/** The tables that a load reads, each with one query: those with a change that can matter first, then those that return the new value. */
export function tablesOf(
  observed: readonly ObservedRead[],
  changes: readonly RecentChange[],
  differences: readonly Difference[],
): readonly TableRead[] {
  const fresh = new Set(differences.flatMap((one) => scalarsOf(one.fresh)));
  const read = observed.map(({ table, column, values, query, rows }): TableRead => {
    const change = changes.find(
      ({ kind, name, images }) =>
        kind === 'row' && name === table && (column === undefined || mayHave(images, column, values)),
    );
    return {
      table,
      query,
      change,
      returnsChange: rows.some((row) => row.flatMap(textsOf).some((own) => fresh.has(own))),
    };
  });
  const rank = ({ change, returnsChange }: TableRead) => (change === undefined ? 0 : 2) + (returnsChange ? 1 : 0);
  const seen = new Set<string>();
  return read.sort((one, other) => rank(other) - rank(one)).filter(({ table }) => !seen.has(table) && seen.add(table));
}

/** Whether a changed row may have had one of these values in a column, before or after the change. */
function mayHave(images: RecentChange['images'], column: string, values: readonly string[]): boolean {
  const isUnknown = images.length === 0 || images.some((image) => !(column in image));
  return isUnknown || images.some((image) => values.includes(String(image[column])));
}

interface Traces {
  /** The differing values. */
  readonly changed: ReadonlySet<string>;
  /** The values beside and above them, such as the ids of rows, and those in the key. */
  readonly near: ReadonlySet<string>;
  /** Names of the members and of the parts of the key. */
  readonly names: readonly string[];
}

function scoreOf({ kind, name, values }: RecentChange, { changed, near, names }: Traces): number {
  let score = kind === 'row' && names.some((one) => isAlike(one, name)) ? 2 : 0;
  for (const value of values) {
    if (changed.has(value)) score += 4;
    if (near.has(value)) score += 2;
    if (names.some((one) => isAlike(one, value))) score += 1;
  }
  return score;
}

function tracesOf({ value, path, differences }: StaleValue): Traces {
  const changed = new Set<string>();
  const near = new Set<string>(path.split(':'));
  const names = path.split(':').slice(0, 1);
  for (const { path: steps, served, fresh } of differences) {
    for (const one of [...scalarsOf(served), ...scalarsOf(fresh)]) changed.add(one);
    let at: unknown = value;
    for (const step of steps) {
      for (const one of scalarsOf(at)) near.add(one);
      if (typeof step === 'string') names.push(step);
      at = (at as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[step];
    }
  }
  return { changed, near, names };
}

/** The value itself, or the values of its members. */
function scalarsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return textsOf(value);
  return Object.values(value).flatMap(textsOf);
}

function isAlike(one: string, other: string): boolean {
  const stem = one.slice(0, STEM).toLowerCase();
  return stem.length === STEM && other.slice(0, STEM).toLowerCase() === stem;
}

/** The newest change of each name. */
function distinct(changes: readonly RecentChange[]): RecentChange[] {
  const seen = new Set<string>();
  return changes.filter(({ name }) => !seen.has(name) && seen.add(name));
}
