/** What a history is made of: what nodes did, each with the moments it began and ended. */
export type Operation = Read | Write | Delivery | Failure;

interface Timed {
  /** One process: a node that was killed and replaced has another name. */
  readonly node: string;
  readonly began: number;
  readonly ended: number;
  /** Milliseconds in between during which the node was running: not stopped, and not in one long turn. */
  readonly awake: number;
}

export interface Read extends Timed {
  readonly kind: 'read';
  readonly how: string;
  readonly key: string;
  /** Nothing if the cache had nothing and did not load. */
  readonly version: number | undefined;
  readonly strong: boolean;
  /** Whether the database was asked for it. */
  readonly isLoaded: boolean;
  /** After everything was healed and quiet. */
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

/** What was rejected. */
export interface Failure extends Timed {
  readonly kind: 'failure';
  readonly what: string;
  readonly error: string;
}
