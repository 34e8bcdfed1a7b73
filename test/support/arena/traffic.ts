import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../until.js';
import type { FleetArena } from './arena-fleet.js';

const TOURNAMENTS = [1, 2, 3, 4];
/** Milliseconds between two requests of a client. */
const REST = 10;
/** The maximum staleness of a read in milliseconds, by default. */
const MAX_STALENESS = 1000;

/** An answered request. */
interface Answered {
  readonly begun: number;
  readonly took: number;
}

/**
 * Reads and writes on every arena until stopped. Names of a tournament are numbered, and one client changes them, so that
 * of two names the later is known. It always writes on the same arena: the other one receives its changes
 * through Redis alone.
 */
export class Traffic {
  /** Violations: failed requests, and reads staler than the bound. */
  readonly faults: string[] = [];
  readonly requests: Answered[] = [];
  private readonly changes = new Map<number, { readonly number: number; readonly answered: number }[]>();
  private readonly clients: Promise<void>[];
  private isOn = true;

  private constructor(
    private readonly arenas: readonly FleetArena[],
    private readonly oldest: number,
  ) {
    this.clients = TOURNAMENTS.flatMap((tournament) => [
      this.keepOn((turn) => this.change(tournament, turn)),
      ...arenas.map((arena) => this.keepOn(() => this.look(tournament, arena))),
    ]);
  }

  /** @param rejoin milliseconds in which writes acknowledged by a lost master may be missing on the new one */
  static on(arenas: readonly FleetArena[], rejoin: number): Traffic {
    return new Traffic(arenas, MAX_STALENESS + rejoin);
  }

  /** Waits until so many more requests have been answered. */
  async untilAnswered(more: number): Promise<void> {
    const enough = this.requests.length + more;
    await until(() => this.requests.length >= enough || this.faults.length > 0);
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.clients);
  }

  /** The longest request answered between two moments, in milliseconds. */
  longest(from: number, to: number): number {
    const times = this.requests.filter(({ begun, took }) => begun + took >= from && begun + took < to);
    return Math.max(0, ...times.map(({ took }) => took));
  }

  private async keepOn(step: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 1; this.isOn; turn++) {
      await step(turn).catch((error: unknown) => this.faults.push(String(error)));
      await delay(REST);
    }
  }

  private async change(tournament: number, number: number): Promise<void> {
    const arena = this.arenas[tournament % this.arenas.length] as FleetArena;
    await this.timed(() => arena.rename(tournament, `Number ${number}`));
    const changes = this.changes.get(tournament) ?? [];
    changes.push({ number, answered: performance.now() });
    this.changes.set(tournament, changes);
    await delay(20 * REST);
  }

  private async look(tournament: number, arena: FleetArena): Promise<void> {
    const begun = performance.now();
    const name = await this.timed(() => arena.nameOf(tournament));
    const least = this.changes.get(tournament)?.findLast(({ answered }) => answered < begun - this.oldest);
    const number = Number(/^Number (\d+)$/.exec(name)?.[1] ?? 0);
    if (least === undefined || number >= least.number) return;
    const age = Math.round(begun - least.answered);
    this.faults.push(
      `Tournament ${tournament} was shown as no. ${number}, ${age} ms after no. ${least.number} was there`,
    );
  }

  private async timed<T>(request: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const answer = await request();
    this.requests.push({ begun, took: performance.now() - begun });
    return answer;
  }
}
