/** The options of a process with jobs. */
export interface JobProcessOptions {
  readonly redis: string;
  /** The Redis that stores the lines. */
  readonly lines: string;
  readonly jobs: readonly {
    readonly name: string;
    /** Milliseconds. */
    readonly every: number;
    /** Milliseconds a run takes. */
    readonly takes: number;
    /** Whether the job is declared by `@Interval` with `@OncePerFleet` instead of `@Job`. */
    readonly isInterval?: boolean;
  }[];
}

/** The list in Redis to which all processes append their lines in order. */
export const LINES = 'lines';

/** Orders a process to run one of its jobs now, or to pause or resume it. */
export type Order =
  | { readonly runNow: string }
  | { readonly pause: string; readonly by: string }
  | { readonly resume: string };

/** A line of a process; the test writes the line of its death. */
export interface Line {
  readonly what: 'begin' | 'end' | 'killed';
  /** The moment the run was due. */
  readonly tick: number;
  readonly name: string;
  readonly pid: number;
  /** The time of the line, in milliseconds since the epoch. */
  readonly at: number;
}
