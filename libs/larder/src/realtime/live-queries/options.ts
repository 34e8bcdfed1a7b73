import { RELEASE } from '../../base/package/copies.js';
import type { Duration } from '../../base/units.js';
import { option, type SettingsOf } from '../../options/option.js';
import { duration, integer } from '../../options/values.js';
import { type Origins, originsSchema } from './origins.js';

/** Options of live queries. */
export interface RealtimeOptions {
  /** Each node sends the subscribers of a query at most one event per interval. Default `'1s'`. */
  readonly interval?: Duration;
  /** How many queries one socket may follow: at least 1. Default 100. */
  readonly maxQueriesPerSocket?: number;
  /**
   * Which pages may open sockets besides those of the same host: a list of origins such as `'https://app.example.com'`, or
   * `'*'` for all. Default: none.
   */
  readonly origins?: Origins;
}

/** The table of {@link RealtimeOptions}. */
export const REALTIME_OPTIONS = {
  interval: option(undefined, duration('1s'), '1s', 'The least time between two events of one query on one node.'),
  maxQueriesPerSocket: option(undefined, integer(1), 100, 'How many queries one socket may follow.'),
  origins: option(
    undefined,
    originsSchema,
    [],
    'Other origins whose pages may open sockets ([allowed origins](realtime.md#allowed-origins)).',
  ),
} as const;

/** {@link RealtimeOptions} with all defaults; durations in milliseconds. */
export type LiveSettings = SettingsOf<typeof REALTIME_OPTIONS>;

export const LIVE_SETTINGS = Symbol.for(`${RELEASE} live settings`);
