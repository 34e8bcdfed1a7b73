import type { Clock } from '../../base/clock.js';
import { type PackedCalls, sum } from '../stats/packed-calls.js';
import { type FleetBoard, HISTORY_MINUTES, type MinuteCalls } from './fleet-board.js';
import type { NodeReport } from './node-report.js';

/** The board of a single process. */
export class MemoryBoard implements FleetBoard {
  readonly #clock: Clock;
  readonly #reports = new Map<string, { readonly report: NodeReport; readonly until: number }>();
  readonly #minutes = new Map<number, PackedCalls>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async publish(report: NodeReport, life: number): Promise<void> {
    this.#reports.set(report.node.id, { report, until: this.#clock.elapsed() + life });
  }

  async count({ minute, calls }: MinuteCalls): Promise<void> {
    this.#minutes.set(minute, sum(this.#minutes.get(minute) ?? {}, calls));
    for (const old of this.#minutes.keys()) if (old <= minute - HISTORY_MINUTES) this.#minutes.delete(old);
  }

  async withdraw(node: string): Promise<void> {
    this.#reports.delete(node);
  }

  async reports(): Promise<readonly NodeReport[]> {
    const now = this.#clock.elapsed();
    for (const [node, { until }] of this.#reports) if (until <= now) this.#reports.delete(node);
    return [...this.#reports.values()].map(({ report }) => report);
  }

  async history(minute: number): Promise<readonly MinuteCalls[]> {
    return [...this.#minutes]
      .filter(([each]) => each > minute - HISTORY_MINUTES && each <= minute)
      .map(([each, calls]) => ({ minute: each, calls }))
      .sort((one, other) => one.minute - other.minute);
  }
}
