/** The elements of a history: operations of nodes, each with the times it began and ended. */
export type Operation = Read | Write | Delivery | Failure;

interface Timed {
  /** One process: a node that replaces a killed one has another name. */
  readonly node: string;
  readonly began: number;
  readonly ended: number;
  /** Milliseconds of it during which the node was running: not stopped, and not in one long turn of the event loop. */
  readonly awake: number;
}

export interface Read extends Timed {
  readonly kind: 'read';
  readonly how: string;
  readonly key: string;
  /** Absent if the cache had nothing and did not load. */
  readonly version: number | undefined;
  readonly strong: boolean;
  /** Whether it queried the database. */
  readonly isLoaded: boolean;
  /** After all faults were repaired. */
  readonly isFinal?: boolean;
}

export interface Write extends Timed {
  readonly kind: 'write';
  readonly how: string;
  readonly key: string;
  readonly version: number;
}

/** An invalidation that resolved. */
export interface Delivery extends Timed {
  readonly kind: 'delivery';
  readonly delivered: boolean;
  /** The write it was made for, which had committed before it began. */
  readonly of?: { readonly key: string; readonly version: number };
}

/** An operation that rejected. */
export interface Failure extends Timed {
  readonly kind: 'failure';
  readonly what: string;
  readonly error: string;
}
