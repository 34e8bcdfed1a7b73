import type { Clock } from '../../base/clock.js';
import { LarderRedisError, messageOf } from '../../base/errors.js';
import type { CacheContext } from '../state/context.js';
import { increase, type PackedCalls } from '../stats/packed-calls.js';
import type { FleetBoard } from './fleet-board.js';
import { type FleetStats, mergeReports } from './fleet-stats.js';
import { callsOf, type NodeName, type NodeReport, type NodeState } from './node-report.js';
import type { NoticeClaims } from './notice-claims.js';

/** What a node publishes, and where. */
export interface FleetOptions {
  readonly node: NodeName;
  readonly board: FleetBoard;
  /** Lets one node announce what several notice. */
  readonly claims: NoticeClaims;
  /** Milliseconds between two reports; `Infinity` for none. */
  readonly interval: number;
}

/** The first report, so that a new node appears at once; by then a fast Redis is connected. */
const FIRST_DELAY = 200;
/** A report lives for this many intervals: one may be late, and one may fail. */
const LIFE_FACTOR = 4;
const MINUTE = 60_000;

/** Publishes the figures of this node, and reads those of the fleet. */
export class FleetReporter {
  readonly #context: CacheContext;
  readonly #options: FleetOptions;
  readonly #stateOf: () => NodeState;
  readonly #startedAt: number;
  #cancel = () => {};
  #isClosed = false;
  /** Figures of other parts, by name. */
  readonly #more = new Map<string, () => unknown>();
  /** The calls that the history has. */
  #counted: PackedCalls = {};

  constructor(context: CacheContext, options: FleetOptions, stateOf: () => NodeState) {
    this.#context = context;
    this.#options = options;
    this.#stateOf = stateOf;
    this.#startedAt = context.clock.now();
    if (this.#publishes) this.#publishAfter(FIRST_DELAY);
  }

  /** Never rejects. Without Redis, or if it does not answer, the statistics are those of this node. */
  async read(): Promise<FleetStats> {
    return (await this.readAll()).stats;
  }

  /** The statistics, and the reports that they are made of. Never rejects. */
  async readAll(): Promise<{ readonly stats: FleetStats; readonly reports: readonly NodeReport[] }> {
    const { board, node } = this.#options;
    const now = this.#clock.now();
    const own = this.report();
    try {
      const [reports, history] = await Promise.all([board.reports(), board.history(minuteOf(now))]);
      const all = [...reports.filter((report) => report.node.id !== node.id), own];
      return { stats: mergeReports(all, history, node.id, now), reports: all };
    } catch (error) {
      return { stats: mergeReports([own], [], node.id, now, messageOf(error)), reports: [own] };
    }
  }

  /**
   * Adds figures of another part to the reports of this node.
   *
   * @param figures plain JSON, of some kilobytes at most; must be quick, and must not throw
   */
  publishes(name: string, figures: () => unknown): void {
    this.#more.set(name, figures);
  }

  /** The reports of all nodes, this one included. Without Redis, or if it does not answer, only that of this node. */
  async reports(): Promise<readonly NodeReport[]> {
    const own = this.report();
    const others = await this.#options.board.reports().catch(() => []);
    return [...others.filter(({ node }) => node.id !== own.node.id), own];
  }

  /** Removes the report: the node disappears at once. If Redis does not answer, it disappears as a killed one does. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    const { board, node } = this.#options;
    if (!this.#publishes) return;
    await this.#count(this.report()).catch(() => {});
    await board.withdraw(node.id).catch(() => {});
  }

  get node(): NodeName {
    return this.#options.node;
  }

  get claims(): NoticeClaims {
    return this.#options.claims;
  }

  /** The figures of this node now. Does not walk through the store. */
  report(): NodeReport {
    const { clock, statistics, store, shared, audit } = this.#context;
    const { expirations, dropped, invalidatedDuringLoad, uncacheable, invalidations } = statistics;
    const { size: entries, bytes, evictions } = store;
    return {
      version: 1,
      node: this.#options.node,
      startedAt: this.#startedAt,
      at: clock.now(),
      totals: { entries, bytes, evictions, expirations, dropped, invalidatedDuringLoad, uncacheable, invalidations },
      state: this.#stateOf(),
      shared: shared?.stats(),
      audit: audit && countsOf(audit.stats()),
      ...callsOf(statistics),
      ...(this.#more.size > 0 && {
        more: Object.fromEntries([...this.#more].map(([name, figures]) => [name, figures()])),
      }),
    };
  }

  get #publishes(): boolean {
    return this.#options.interval !== Number.POSITIVE_INFINITY;
  }

  get #clock(): Clock {
    return this.#context.clock;
  }

  #publishAfter(delay: number): void {
    this.#cancel = this.#clock.after(delay, () => void this.#publish());
  }

  async #publish(): Promise<void> {
    const { board, interval, node } = this.#options;
    const report = this.report();
    // Redis is away: the journal reports that, and the next report has all counts.
    await Promise.all([
      board.publish(report, LIFE_FACTOR * interval).catch(() => {}),
      this.#count(report).catch(() => {}),
    ]);
    if (this.#isClosed) await board.withdraw(node.id).catch(() => {});
    else this.#publishAfter(interval);
  }

  /** Adds the calls since the last time to the history. */
  async #count({ calls, at }: NodeReport): Promise<void> {
    const before = this.#counted;
    const grown = increase(calls, before);
    if (Object.keys(grown).length === 0) return;
    this.#counted = calls;
    try {
      await this.#options.board.count({ minute: minuteOf(at), calls: grown });
    } catch (error) {
      // After a timeout Redis may have them: a few seconds are missing rather than counted twice.
      if (error instanceof LarderRedisError && error.reason === 'unavailable') this.#counted = before;
    }
  }
}

function countsOf({ reads, stale, concurrent, undecided, skipped }: NonNullable<NodeReport['audit']>) {
  return { reads, stale, concurrent, undecided, skipped };
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE);
}
