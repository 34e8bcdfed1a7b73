/** What a process of nodes has to do. */
export interface Order {
  readonly redis: string;
  /** The number of the process's first node, and how many it has. */
  readonly first: number;
  readonly own: number;
  /** Nodes of the whole fleet. */
  readonly nodes: number;
  /** Bumps a second of the whole fleet. */
  readonly rate: number;
  /** How long it bumps, and how long it then waits for the last ones. */
  readonly milliseconds: number;
  readonly rest: number;
}

/** When a slot was sent, or seen by a node: milliseconds of the machine's monotonic clock. */
export interface Seen {
  readonly slot: number;
  readonly at: number;
}

export interface Report {
  readonly sent: readonly Seen[];
  readonly seen: readonly Seen[];
  /** Bumps that Redis has acknowledged within the time. */
  readonly acknowledged: number;
  /** Milliseconds of processor time. */
  readonly processor: number;
}
