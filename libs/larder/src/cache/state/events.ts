import type { Origin } from '../versions/journal.js';
import type { StaleRead } from './stale-read.js';
import type { WarmReport } from './warm-report.js';

/** Events of a cache. No event changes the result of a decorated method. */
export type CacheEvent =
  | {
      /** A loaded value could not be stored (mostly a `LarderValueError`); its caller still got it. */
      readonly type: 'uncacheable';
      readonly id: string;
      readonly method: string | undefined;
      readonly error: unknown;
    }
  | {
      /** A load failed without a caller to get its error: it ran in the background, or a stale value was served. */
      readonly type: 'load-failed';
      readonly id: string;
      readonly method: string | undefined;
      readonly error: unknown;
    }
  | {
      /** The next call could not be predicted. */
      readonly type: 'prefetch-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The critical calls of a method were warmed; `report` lists the failures. */
      readonly type: 'warmed';
      readonly method: string;
      readonly report: WarmReport;
    }
  | {
      /** The critical calls of a method could not be listed. */
      readonly type: 'warming-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /**
       * Predictive warming has stopped for `length` milliseconds, because callers asked for fewer than half of the values that it
       * had loaded: for `used` of them, and not for `unused`. It goes on learning.
       */
      readonly type: 'predictive-warming-paused';
      readonly used: number;
      readonly unused: number;
      readonly length: number;
    }
  | {
      /** Predictive warming loads again, after a pause. */
      readonly type: 'predictive-warming-resumed';
    }
  | {
      /** The call that refreshes an entry in the background could not be made. */
      readonly type: 'refresh-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The function `targets` of a write threw after the write had succeeded, so everything was invalidated. */
      readonly type: 'targets-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** `clear` removed everything. */
      readonly type: 'cleared';
      /** Whether the other nodes have been notified. */
      readonly delivered: boolean;
    }
  | {
      /** A clear was requested with an invalid token. */
      readonly type: 'clear-refused';
    }
  | {
      /** The target is a pattern but not a prefix: stored paths were scanned for it. */
      readonly type: 'pattern-scanned';
      readonly glob: string;
      readonly matched: number;
    }
  | {
      /** This node receives the invalidations of other nodes: after the start, and after each `journal-lost`. */
      readonly type: 'journal-followed';
    }
  | {
      /** The journal cannot be read: until it can, reads confirm each value with it, or load from the source. */
      readonly type: 'journal-lost';
      readonly error: unknown;
    }
  | {
      /** An invalidation has not reached the other nodes. It is queued and delivered as soon as possible. */
      readonly type: 'invalidation-pending';
      readonly error: unknown;
    }
  | {
      /** This node or another one invalidated something; only with the option `diagnostics`. */
      readonly type: 'invalidated';
      readonly origin: Origin;
      /** The names of what was invalidated, cut off after 200 bytes. */
      readonly target: string;
    }
  | {
      /** Methods whose results may depend on the caller, and which declare no scope: nothing is stored. */
      readonly type: 'scope-undeclared';
      readonly methods: readonly string[];
    }
  | {
      /** The caller could not be identified; the method ran, and nothing was stored. */
      readonly type: 'identify-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The variant of a request could not be determined; the method ran, and nothing was stored. */
      readonly type: 'vary-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /**
       * The change feed restarted, so everything that its rules cover was invalidated. `new`: it never read this log before,
       * or was away for days. `retention`: the changes it missed are no longer kept. `restored`: the database is a restored
       * copy.
       */
      readonly type: 'feed-reset';
      readonly reason: 'new' | 'retention' | 'restored';
    }
  | {
      /** The change feed reads, or stands by for the process that reads: after the start and each `feed-lost`. */
      readonly type: 'feed-followed';
      readonly as: 'reader' | 'stand-by';
    }
  | {
      /** The change feed cannot read (mostly a `LarderChangeFeedError`). It retries, and misses no change. */
      readonly type: 'feed-lost';
      readonly error: unknown;
    }
  | {
      /** A rule of the change feed failed for a change: everything that the rule covers was invalidated. */
      readonly type: 'feed-rule-failed';
      readonly table: string;
      readonly error: unknown;
    }
  | {
      /**
       * The installed triggers do not report every change, so everything that the rules of these tables cover is invalidated
       * every ten seconds. Each problem is reported once, until no problem is left.
       */
      readonly type: 'feed-gaps';
      readonly problems: readonly string[];
    }
  | {
      /** The triggers report every change again. */
      readonly type: 'feed-gaps-closed';
    }
  | {
      /** The triggers are those of the previous release. The feed reads them; they report less precisely. */
      readonly type: 'feed-outdated';
    }
  | {
      /** A key contains a whole query without declared parameters: a client can make any number of keys. */
      readonly type: 'query-undeclared';
      readonly method: string;
    }
  | {
      /** The audit found a hit that a change had made stale, and that nothing has invalidated. */
      readonly type: 'stale-read';
      readonly finding: StaleRead;
    }
  | {
      /**
       * Every load of a method returns other values at these paths, such as a time or a random number; at all of them if
       * `paths` is empty. The audit ignores them from now on. `method` is the family of the key for a call of the cache.
       */
      readonly type: 'audit-unstable';
      readonly method: string;
      readonly paths: readonly string[];
    };

export type EventListener = (event: CacheEvent) => void;
