import type { ChangeFeedStatus } from 'nest-larder/change-feed';

/** How a node is started. */
export interface NodeOptions {
  readonly database: string;
  /** How the feed reaches it. */
  readonly url: string;
  readonly redis: string;
  readonly keyPrefix: string;
}

/** From a node. */
export type NodeNews =
  | { readonly type: 'started'; readonly state: ChangeFeedStatus['state'] }
  /** What it was asked to read. */
  | { readonly type: 'read'; readonly values: readonly (number | null)[] }
  /** When (`Date.now`) it first saw that a row it was asked to watch has another value. */
  | { readonly type: 'seen'; readonly at: number };

/** To a node. */
export type NodeOrder =
  | { readonly type: 'read'; readonly ids: readonly number[] }
  /** Writes a row through the cache, and dies when that is committed. */
  | { readonly type: 'write-and-die'; readonly id: number; readonly value: number }
  /** Reads a row through the cache every millisecond, until it no longer has this value. */
  | { readonly type: 'watch'; readonly id: number; readonly value: number };
