import type { Passing } from '../../cache/observed/tracker.js';
import type { Observation, ObservedQuery } from '../observed-query.js';

/** The queries of one run of a load, and why it cannot be cached by them, if it cannot. */
export class ObservedLoad {
  readonly #queries: ObservedQuery[] = [];
  #reason: string | undefined;
  #passes: Passing | undefined;
  #pending = 0;
  #others = 0;
  #hasEnded = false;

  /**
   * @param beganAt counts what began before
   * @param needsRows whether to keep the rows that a text has read
   */
  constructor(
    readonly beganAt: number,
    readonly needsRows: (text: string) => boolean,
  ) {}

  /** Work that a load started may go on when its value is there: it can no longer change the value. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it waits for none of its own queries, connections, and loads inside it. */
  get isWaiting(): boolean {
    return this.#pending === 0 && this.#others === 0 && !this.#hasEnded;
  }

  /** Notes a wait for a connection, or a load inside it. Needs one {@link endAwait}. */
  await(): void {
    this.#others++;
  }

  endAwait(): void {
    this.#others--;
  }

  /** Notes that a statement was sent. Needs one {@link settle}. */
  begin(): void {
    this.#pending++;
  }

  settle(): void {
    this.#pending--;
  }

  add(query: ObservedQuery): void {
    if (!this.#hasEnded) this.#queries.push(query);
  }

  /** The first reason counts: the others may follow from it. */
  refuse(reason: string, passes?: Passing): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#passes = passes;
  }

  /** Ends the observation. */
  end(): Observation {
    this.#hasEnded = true;
    if (this.#reason !== undefined) return { reason: this.#reason, passes: this.#passes };
    if (this.#pending > 0) return { reason: 'a query was still running when the load ended' };
    return { queries: this.#queries };
  }
}
