import { RELEASE } from '../../base/package/copies.js';
import type { NodeReport } from '../../cache/fleet/node-report.js';
import type { ChangeFeedStatus } from '../../change-feed/change-feed.js';
import type { NotedInvalidation } from '../explain/invalidation-log.js';
import type { Percentiles } from './recent-latency.js';
import type { SocketFigures } from './sockets.js';
import type { TrendMinute } from './trend.js';

/** The name under which a node publishes its figures for the dashboards of all nodes. */
export const PUBLISHED_AS = 'dashboard';

/** What runs in a node, and how much memory it may use. */
export interface NodeAbout {
  /** Of the application. */
  readonly release: string | undefined;
  readonly larder: string;
  /** Of Node.js. */
  readonly runtime: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** What a node publishes besides its counts: some kilobytes. */
export interface NodeFigures {
  readonly about: NodeAbout;
  readonly latency: { readonly memory: Percentiles; readonly redis: Percentiles };
  readonly feed: {
    readonly state: ChangeFeedStatus['state'];
    readonly lag: number | null;
    readonly gaps: number;
    readonly position?: ChangeFeedStatus['position'];
  };
  readonly sockets: SocketFigures;
  readonly invalidations: readonly NotedInvalidation[];
  /** Why results of methods were not cached, by method. */
  readonly uncached: Readonly<Record<string, string>>;
  readonly trend: readonly Omit<TrendMinute, 'methods'>[];
}

export function aboutNode(release: string | undefined, maxBytes: number, maxEntries: number): NodeAbout {
  const larder = RELEASE.slice(RELEASE.lastIndexOf('@') + 1);
  return { release, larder, runtime: process.versions.node, maxBytes, maxEntries };
}

/** The figures of a report; `undefined` of a node without a dashboard, or of another release. */
export function figuresOf({ more }: NodeReport): NodeFigures | undefined {
  const figures = more?.[PUBLISHED_AS] as Partial<NodeFigures> | undefined;
  const isWhole = figures?.about && figures.latency && figures.feed && figures.sockets && figures.invalidations;
  return isWhole && figures.uncached && figures.trend ? (figures as NodeFigures) : undefined;
}

/** A node, for people. */
export function labelOf({ node: { host, pid } }: Pick<NodeReport, 'node'>): string {
  return `${host}:${pid}`;
}
