import type { Duration } from '../../base/units.js';
import type { Origins } from './origins.js';

/** What sockets get besides events. */
export interface RealtimeOptions {
  /** How often a live query is told of at most, by each node. Default `'1s'`. */
  readonly interval?: Duration;
  /** How many queries one socket may follow. Default 100. */
  readonly maxQueriesPerSocket?: number;
  /**
   * Which pages may open sockets besides those of the same host: a list of origins such as `'https://app.example.com'`, or
   * `'*'` for all. Default: none.
   */
  readonly origins?: Origins;
}

export interface LiveSettings {
  /** Milliseconds. */
  readonly interval: number;
  readonly maxPerSocket: number;
  readonly origins: Origins;
}

/** {@link RealtimeOptions} of the application. */
export const LIVE_OPTIONS = Symbol('Larder live options');

export const LIVE_SETTINGS = Symbol('Larder live settings');
