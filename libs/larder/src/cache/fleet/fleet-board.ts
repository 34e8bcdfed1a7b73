import type { PackedCalls } from '../stats/packed-calls.js';
import type { NodeReport } from './node-report.js';

/** The calls of the whole fleet in one minute. */
export interface MinuteCalls {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly calls: PackedCalls;
}

/** How many minutes of the past are kept. */
export const HISTORY_MINUTES = 60;

/** Where the nodes of a fleet put their reports, and read those of the others. The memory it takes is bounded. */
export interface FleetBoard {
  /**
   * Replaces the report of a node.
   *
   * @param life milliseconds after which the report of a dead node disappears
   */
  publish(report: NodeReport, life: number): Promise<void>;
  /** Adds calls to those of a minute. A minute is forgotten after {@link HISTORY_MINUTES}. */
  count(calls: MinuteCalls): Promise<void>;
  /** Removes the report of a node that stops. */
  withdraw(node: string): Promise<void>;
  /** The reports of all nodes that have published within their life. */
  reports(): Promise<readonly NodeReport[]>;
  /** The minutes of the last hour in which there were calls, the oldest first. @param minute the present one */
  history(minute: number): Promise<readonly MinuteCalls[]>;
}
