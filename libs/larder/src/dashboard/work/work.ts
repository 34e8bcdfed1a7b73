import { Counter, type CounterStatus } from '../../background/counters/counter.js';
import type { DeadlineStatus } from '../../background/deadlines/deadline.js';
import type { FleetPart } from '../../background/fleet.js';
import type { Engine } from '../../cache/engine.js';
import type { ChangeFeed } from '../../change-feed/change-feed.js';
import type { FlagState, Flags } from '../../flags/flags.js';
import type { Jobs } from '../../jobs/jobs.js';
import type { JobStatus } from '../../jobs/run.js';
import { figuresOf, labelOf, type NodeFigures } from '../figures/node-figures.js';

/** Work between requests, in this process and, where a part knows it, in all. */
export interface Work {
  readonly jobs: readonly JobStatus[];
  readonly counters: readonly CounterStatus[];
  readonly deadlines: readonly (DeadlineStatus & { readonly tracked: number | null })[];
  readonly feed: {
    readonly tables: readonly string[];
    readonly gaps: readonly string[];
    readonly error: string | null;
    readonly sinceRead: number | null;
    readonly nodes: readonly (NodeFigures['feed'] & { readonly node: string })[];
  };
  readonly sockets: readonly (NodeFigures['sockets'] & { readonly node: string })[];
  readonly flags: readonly FlagState[];
  /** Why a part is missing: Redis did not answer. */
  readonly problems: readonly string[];
}

/** The parts that work between requests. */
export interface WorkParts {
  readonly engine: Engine;
  readonly jobs: Jobs;
  readonly feed: ChangeFeed;
  readonly flags: Flags;
  readonly fleetParts: () => readonly FleetPart[];
}

/** Never rejects. */
export async function workOf({ engine, jobs, feed, flags, fleetParts }: WorkParts): Promise<Work> {
  const problems: string[] = [];
  const orNone = <T>(part: string, list: Promise<readonly T[]>) =>
    list.catch((error: Error) => {
      problems.push(`${part} cannot be read: ${error.message}`);
      return [];
    });
  const parts = fleetParts();
  const deadlines = parts.filter((part) => !(part instanceof Counter)) as Exclude<FleetPart, Counter>[];
  const [jobList, deadlineList, reports] = await Promise.all([
    orNone('Jobs', jobs.list()),
    orNone(
      'Deadlines',
      Promise.all(
        deadlines.map(async (deadline) => ({
          ...(await deadline.status()),
          tracked: await deadline.size().catch(() => null),
        })),
      ),
    ),
    engine.fleet.reports(),
  ]);
  const known = reports.flatMap((report) => {
    const figures = figuresOf(report);
    return figures === undefined ? [] : [{ ...figures, node: labelOf(report) }];
  });
  const { gaps, error, sinceRead } = feed.status();
  return {
    jobs: jobList,
    counters: parts.flatMap((part) => (part instanceof Counter ? [part.status()] : [])),
    deadlines: deadlineList,
    feed: {
      tables: feed.tables,
      gaps,
      error: error?.message ?? null,
      sinceRead: sinceRead ?? null,
      nodes: known.map((one) => ({ node: one.node, ...one.feed })),
    },
    sockets: known.map((one) => ({ node: one.node, ...one.sockets })),
    flags: flags.list(),
    problems,
  };
}
