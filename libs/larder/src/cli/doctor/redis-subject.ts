import type { Connection } from '../../redis/connection.js';

/** An open Redis, and what the settings say about it. */
export interface RedisSubject {
  readonly client: Connection & { masters(): readonly Connection[] };
  /** Whether the address names a cluster. */
  readonly isCluster: boolean;
  readonly keyPrefix: string;
  /** The number of slots of the version table. */
  readonly slots: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
