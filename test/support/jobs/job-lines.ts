/** How a process with jobs is started. */
export interface JobProcessOptions {
  readonly redis: string;
  /** The Redis that has the lines. */
  readonly lines: string;
  readonly jobs: readonly {
    readonly name: string;
    /** Milliseconds. */
    readonly every: number;
    /** Milliseconds a run takes. */
    readonly takes: number;
    /** Whether `@Interval` with `@OncePerFleet` says when it is due, instead of `@Job`. */
    readonly isInterval?: boolean;
  }[];
}

/** The list in Redis in which all processes tell what they do, in the order they do it. */
export const LINES = 'lines';

/** Asks a process to run one of its jobs now. */
export interface RunNow {
  readonly runNow: string;
}

/** What a process, or for its death the test, has told. */
export interface Line {
  readonly what: 'begin' | 'end' | 'killed';
  /** The moment the run was due. */
  readonly tick: number;
  readonly name: string;
  readonly pid: number;
  /** When that was, in milliseconds since the epoch. */
  readonly at: number;
}
