import type { Engine } from '../../cache/engine.js';
import type { FleetMinute, FleetNode, FleetStats } from '../../cache/fleet/fleet-stats.js';
import type { NodeReport } from '../../cache/fleet/node-report.js';
import { figuresOf, type NodeAbout, type NodeFigures } from './node-figures.js';
import type { Percentiles } from './recent-latency.js';
import { savedTime } from './saved-time.js';

const MINUTE = 60_000;
const MINUTES = 60;

/** One minute of all nodes. */
interface OverviewMinute {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly calls: number;
  readonly hitRate: number | null;
  readonly loads: number;
  readonly loadTimes: FleetMinute['loadTimes'];
  readonly invalidations: number;
  readonly evictions: number;
  readonly bytes: number | null;
  readonly journalLag: number | null;
  readonly feedLag: number | null;
}

/** A process, with what runs in it. */
interface OverviewNode extends FleetNode, Partial<NodeAbout> {
  readonly feed: NodeFigures['feed'] | undefined;
}

/** The first section of the page. */
export interface Overview
  extends Omit<FleetStats, 'nodes' | 'history' | 'methods' | 'shared' | 'audit'>,
    Pick<FleetStats, 'shared'> {
  readonly at: number;
  /** Milliseconds. */
  readonly savedTime: number;
  /** Of all nodes; `null` if none says it. */
  readonly maxBytes: number | null;
  readonly latency: { readonly memory: Percentiles; readonly redis: Percentiles };
  readonly audit: {
    readonly reads: number;
    readonly stale: number;
    readonly from: number;
    readonly to: number | null;
  } | null;
  readonly nodes: readonly OverviewNode[];
  /** The last hour, the oldest first, and the present minute at its end. */
  readonly minutes: readonly OverviewMinute[];
}

/** Reads the figures of all nodes. Never rejects: `problem` says why other nodes are missing. */
export async function overviewOf({ fleet, context: { clock } }: Engine): Promise<Overview> {
  const { stats, reports } = await fleet.readAll();
  const { nodes, history, methods, audit, ...totals } = stats;
  const figures = new Map(reports.map((report) => [report.node.id, figuresOf(report)] as const));
  const own = reports.find(({ node }) => node.id === fleet.node.id);
  const bounds = [...figures.values()].flatMap((one) => one?.about.maxBytes ?? []);
  return {
    ...totals,
    at: clock.now(),
    savedTime: savedTime(methods),
    maxBytes: bounds.length === 0 ? null : bounds.reduce((sum, each) => sum + each, 0),
    latency: (own && figuresOf(own)?.latency) ?? { memory: UNKNOWN, redis: UNKNOWN },
    audit: audit === undefined ? null : auditOf(audit),
    nodes: nodes.map((node) => {
      const known = figures.get(node.id);
      return { ...node, ...known?.about, feed: known?.feed };
    }),
    minutes: minutesOf(history, reports, clock.now()),
  };
}

const UNKNOWN: Percentiles = { p50: null, p95: null, p99: null };

/** JSON has no Infinity. */
function auditOf({ reads, stale, nines }: NonNullable<FleetStats['audit']>): Overview['audit'] {
  return { reads, stale, from: nines.from, to: Number.isFinite(nines.to) ? nines.to : null };
}

function minutesOf(
  history: readonly FleetMinute[],
  reports: readonly NodeReport[],
  now: number,
): readonly OverviewMinute[] {
  const calls = new Map(history.map((each) => [each.at.getTime() / MINUTE, each] as const));
  const trends = reports.map((report) => new Map(figuresOf(report)?.trend.map((each) => [each.minute, each] as const)));
  const present = Math.floor(now / MINUTE);
  return Array.from({ length: MINUTES }, (_, place) => {
    const minute = present - MINUTES + 1 + place;
    const known = trends.flatMap((trend) => trend.get(minute) ?? []);
    const ofMinute = calls.get(minute);
    return {
      at: minute * MINUTE,
      calls: ofMinute === undefined ? 0 : ofMinute.hits + ofMinute.stale + ofMinute.misses,
      hitRate: ofMinute?.hitRate ?? null,
      loads: ofMinute?.loads ?? 0,
      loadTimes: ofMinute?.loadTimes ?? UNKNOWN,
      invalidations: known.reduce((sum, { invalidations }) => sum + invalidations, 0),
      evictions: known.reduce((sum, { evictions }) => sum + evictions, 0),
      bytes: known.length === 0 ? null : known.reduce((sum, { bytes }) => sum + bytes, 0),
      journalLag: greatest(known.map(({ journalLag }) => journalLag)),
      feedLag: greatest(known.map(({ feedLag }) => feedLag)),
    };
  });
}

function greatest(all: readonly (number | null)[]): number | null {
  const known = all.filter((one) => one !== null);
  return known.length === 0 ? null : Math.max(...known);
}
