import { type Consistency, consistencyOf } from '../stats/audit-stats.js';
import { addPacked, type PackedCalls, unpacked } from '../stats/packed-calls.js';
import { CallCounters, type CallStats, type SharedStats } from '../stats/statistics.js';
import type { MinuteCalls } from './fleet-board.js';
import type { AuditTotals, NodeName, NodeReport, NodeState, NodeTotals } from './node-report.js';

/** One node of the fleet. */
export interface FleetNode extends NodeName, NodeState, Pick<NodeTotals, 'entries' | 'bytes' | 'evictions'> {
  readonly startedAt: Date;
  /** Milliseconds since its figures were taken; 0 for this node. The clocks of two machines may differ. */
  readonly age: number;
  /** Whether it is this node. */
  readonly isSelf: boolean;
  readonly hitRate: number | null;
}

/** The calls of the fleet in one minute. */
export interface FleetMinute extends CallStats {
  /** Its begin. */
  readonly at: Date;
}

/** The statistics of all nodes together, each since its start. */
export interface FleetStats extends CallStats, NodeTotals {
  /** The nodes that run, in the order of their starts. A killed node disappears after four intervals of publishing. */
  readonly nodes: readonly FleetNode[];
  /** Use of the shared tier; `undefined` without one. */
  readonly shared: SharedStats | undefined;
  /** The results of the audit; `undefined` if no node audits. */
  readonly audit: (AuditTotals & Consistency) | undefined;
  /** The calls of the most called methods, 50 of each node; the rest as `others`. */
  readonly methods: Readonly<Record<string, CallStats>>;
  /** The minutes of the last hour in which there were calls, the oldest first. */
  readonly history: readonly FleetMinute[];
  /** Why other nodes and the history are missing: Redis did not answer. `undefined` if nothing is missing. */
  readonly problem: string | undefined;
}

/** @param self the id of this node */
export function mergeReports(
  reports: readonly NodeReport[],
  history: readonly MinuteCalls[],
  self: string,
  now: number,
  problem?: string,
): FleetStats {
  const calls = new CallCounters();
  for (const report of reports) addPacked(report.calls, calls);
  const nodes = reports.map((report) => nodeOf(report, self, now));
  return {
    nodes: nodes.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime()),
    ...calls.snapshot(),
    ...(added(
      reports.map(({ totals }) => totals),
      TOTALS,
    ) as NodeTotals),
    shared: added(
      reports.flatMap(({ shared }) => shared ?? []),
      SHARED,
    ),
    audit: auditOf(reports),
    methods: methodsOf(reports),
    history: history.map(({ minute, calls }) => ({ at: new Date(minute * 60_000), ...unpacked(calls).snapshot() })),
    problem,
  };
}

const TOTALS = [
  'entries',
  'bytes',
  'evictions',
  'expirations',
  'dropped',
  'invalidatedDuringLoad',
  'uncacheable',
  'invalidations',
] as const;
const SHARED = ['hits', 'misses', 'discarded', 'stores', 'failures'] as const;
const AUDITED = ['reads', 'stale', 'concurrent', 'undecided', 'skipped'] as const;

function nodeOf({ node, startedAt, at, totals, state, calls }: NodeReport, self: string, now: number): FleetNode {
  const { entries, bytes, evictions } = totals;
  const isSelf = node.id === self;
  return {
    ...node,
    isSelf,
    startedAt: new Date(startedAt),
    age: isSelf ? 0 : Math.max(0, now - at),
    ...state,
    entries,
    bytes,
    evictions,
    hitRate: unpacked(calls).snapshot().hitRate,
  };
}

/** The sum of each member; `undefined` of nothing. */
function added<Name extends string>(
  all: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): Readonly<Record<Name, number>> | undefined {
  if (all.length === 0) return undefined;
  const sums = names.map((name) => [name, all.reduce((total, each) => total + (each[name] ?? 0), 0)] as const);
  return Object.fromEntries(sums) as Record<Name, number>;
}

function auditOf(reports: readonly NodeReport[]): FleetStats['audit'] {
  const audits = reports.flatMap(({ audit }) => audit ?? []);
  const counts = added(audits, AUDITED);
  return counts && { ...counts, ...consistencyOf(counts.reads, counts.stale) };
}

function methodsOf(reports: readonly NodeReport[]): FleetStats['methods'] {
  const methods = new Map<string, CallCounters>();
  for (const report of reports) {
    for (const [name, calls] of Object.entries<PackedCalls>(report.methods)) {
      const counters = methods.get(name) ?? new CallCounters();
      methods.set(name, counters);
      addPacked(calls, counters);
    }
  }
  return Object.fromEntries([...methods].map(([name, counters]) => [name, counters.snapshot()]));
}
