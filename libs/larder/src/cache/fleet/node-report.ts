import type { AuditCounts } from '../stats/audit-stats.js';
import { type PackedCalls, packed } from '../stats/packed-calls.js';
import { CallCounters, type SharedStats, type Statistics } from '../stats/statistics.js';

/** The name of a process, for people, and for the keys of the fleet. */
export interface NodeName {
  /** Unique, and new at each start. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/** What a node knows about its connection to the others; times in milliseconds. */
export interface NodeState {
  readonly current: boolean;
  readonly settled: boolean;
  /** `null` before the first contact. */
  readonly journalLag: number | null;
  readonly deliveryLag: number;
}

/** Counts of a whole cache that are added up. */
export interface NodeTotals {
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
  readonly expirations: number;
  readonly dropped: number;
  readonly invalidatedDuringLoad: number;
  readonly uncacheable: number;
  readonly invalidations: number;
}

export type AuditTotals = Pick<AuditCounts, 'reads' | 'stale' | 'concurrent' | 'undecided' | 'skipped'>;

/** The figures of one node since its start, as it publishes them. */
export interface NodeReport {
  /** Of this format. Reports of another version are not read. */
  readonly version: 1;
  readonly node: NodeName;
  /** Milliseconds since the epoch, by the clock of the node. */
  readonly startedAt: number;
  readonly at: number;
  readonly totals: NodeTotals;
  readonly state: NodeState;
  readonly shared?: SharedStats | undefined;
  readonly audit?: AuditTotals | undefined;
  /** All calls. */
  readonly calls: PackedCalls;
  /** The most called methods by name, and the others together as {@link OTHERS}. */
  readonly methods: Readonly<Record<string, PackedCalls>>;
  /** Figures of other parts, as plain JSON: see `FleetReporter.publishes`. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

/** Methods beyond these are one: a report of any application is some kilobytes, and 100 KB at most. */
const MAX_METHODS = 50;
const MAX_NAME = 100;
const OTHERS = 'others';

/** The calls of all methods and those without one, and the calls of each method. */
export function callsOf(statistics: Statistics): Pick<NodeReport, 'calls' | 'methods'> {
  const calls = new CallCounters();
  statistics.direct.addTo(calls);
  const methods = [...statistics.methods()];
  for (const [, counters] of methods) counters.addTo(calls);
  if (methods.length > MAX_METHODS) methods.sort(([, one], [, other]) => usesOf(other) - usesOf(one));
  const named = new Map<string, CallCounters>();
  for (const [place, [name, counters]] of methods.entries()) {
    const shown = place < MAX_METHODS ? name.slice(0, MAX_NAME) : OTHERS;
    const sum = named.get(shown) ?? new CallCounters();
    named.set(shown, sum);
    counters.addTo(sum);
  }
  const packedMethods = [...named].map(([name, counters]) => [name, packed(counters)] as const);
  return { calls: packed(calls), methods: Object.fromEntries(packedMethods) };
}

function usesOf({ hits, stale, misses }: CallCounters): number {
  return hits + stale + misses;
}

/** A report of another process; `undefined` for anything else, such as one of a later release. */
export function readReport(text: string): NodeReport | undefined {
  try {
    const report = JSON.parse(text) as Partial<NodeReport> | null;
    const isKnown = report?.version === 1 && report.node && report.totals && report.state && report.calls;
    return isKnown && report.methods ? (report as NodeReport) : undefined;
  } catch {
    return undefined;
  }
}
