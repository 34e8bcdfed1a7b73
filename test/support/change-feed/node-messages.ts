import type { ChangeFeedStatus } from 'nest-larder/change-feed';

/** The options of a node. */
export interface NodeOptions {
  readonly database: string;
  /** The URL at which the feed reaches it. */
  readonly url: string;
  readonly redis: string;
  readonly keyPrefix: string;
}

/** From a node. */
export type NodeNews =
  | { readonly type: 'started'; readonly state: ChangeFeedStatus['state'] }
  /** The values that it read. */
  | { readonly type: 'read'; readonly values: readonly (number | null)[] }
  /** The time (`Date.now`) when it first saw another value of a watched row. */
  | { readonly type: 'seen'; readonly at: number };

/** To a node. */
export type NodeOrder =
  | { readonly type: 'read'; readonly ids: readonly number[] }
  /** Writes a row through the cache, and dies once that is committed. */
  | { readonly type: 'write-and-die'; readonly id: number; readonly value: number }
  /** Reads a row through the cache every millisecond, until its value changes. */
  | { readonly type: 'watch'; readonly id: number; readonly value: number };
