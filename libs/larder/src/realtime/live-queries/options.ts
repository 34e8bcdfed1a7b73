import type { Duration } from '../../base/units.js';

/** What sockets get besides events. */
export interface RealtimeOptions {
  /** How often a live query is told of at most, by each node. Default `'1s'`. */
  readonly interval?: Duration;
  /** How many queries one socket may follow. Default 100. */
  readonly maxQueriesPerSocket?: number;
}

export interface LiveSettings {
  /** Milliseconds. */
  readonly interval: number;
  readonly maxPerSocket: number;
}

export const LIVE_SETTINGS = Symbol('Larder live settings');
