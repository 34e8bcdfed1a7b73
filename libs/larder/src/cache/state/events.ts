import type { Origin } from '../versions/journal.js';
import type { WarmReport } from './warm-report.js';

/** What a cache reports besides its answers. Nothing here ever reaches the caller of a decorated method. */
export type CacheEvent =
  | {
      /** A loaded value could not be kept (mostly a `LarderValueError`); its caller got it all the same. */
      readonly type: 'uncacheable';
      readonly id: string;
      readonly method: string | undefined;
      readonly error: unknown;
    }
  | {
      /** A load failed and its error reached nobody: it ran in the background, or a stale value stood in for it. */
      readonly type: 'load-failed';
      readonly id: string;
      readonly method: string | undefined;
      readonly error: unknown;
    }
  | {
      /** The call to prefetch could not be worked out. */
      readonly type: 'prefetch-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The critical calls of a method were warmed, as far as that went well. */
      readonly type: 'warmed';
      readonly method: string;
      readonly report: WarmReport;
    }
  | {
      /** The critical calls of a method could not be worked out. */
      readonly type: 'warming-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The call that would refresh an entry in the background could not be made up. */
      readonly type: 'refresh-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** The targets of a write could not be worked out after it had succeeded, so everything was invalidated. */
      readonly type: 'targets-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** Everything was forgotten, by `clear`. */
      readonly type: 'cleared';
      /** Whether the other nodes were told already. */
      readonly delivered: boolean;
    }
  | {
      /** Somebody tried to clear the cache with a token that was not good. */
      readonly type: 'clear-refused';
    }
  | {
      /** A pattern is not a prefix: stored paths were searched for it. */
      readonly type: 'pattern-scanned';
      readonly glob: string;
      readonly matched: number;
    }
  | {
      /** What other nodes invalidate arrives here: after the start, and after each `journal-lost`. */
      readonly type: 'journal-followed';
    }
  | {
      /** The journal cannot be read: until it can, reads ask for what they need or go to their source. */
      readonly type: 'journal-lost';
      readonly error: unknown;
    }
  | {
      /** An invalidation could not be delivered to the other nodes yet. It is kept, and delivered as soon as that is possible. */
      readonly type: 'invalidation-pending';
      readonly error: unknown;
    }
  | {
      /** Something was invalidated, on this node or on another one; only with the option `diagnostics`. */
      readonly type: 'invalidated';
      readonly origin: Origin;
      /** What was invalidated, cut off after 200 bytes. */
      readonly target: string;
    }
  | {
      /** Methods whose results may belong to one caller, and which declare no scope: nothing is stored. */
      readonly type: 'scope-undeclared';
      readonly methods: readonly string[];
    }
  | {
      /** It could not be found out who asks; the method ran, and nothing was stored. */
      readonly type: 'identify-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /** It could not be found out which variant a request gets; the method ran, and nothing was stored. */
      readonly type: 'vary-failed';
      readonly method: string;
      readonly error: unknown;
    }
  | {
      /**
       * The change feed began anew, so everything that its rules cover was invalidated. `new`: it had never read this log, or
       * was away for days. `retention`: what it missed is kept no longer. `restored`: the database is not the one it knew.
       */
      readonly type: 'feed-reset';
      readonly reason: 'new' | 'retention' | 'restored';
    }
  | {
      /** The change feed reads, or waits until the process that reads for all is gone: after the start and each `feed-lost`. */
      readonly type: 'feed-followed';
      readonly as: 'reader' | 'stand-by';
    }
  | {
      /** The change feed cannot read (mostly a `LarderChangeFeedError`). It tries again, and misses nothing. */
      readonly type: 'feed-lost';
      readonly error: unknown;
    }
  | {
      /** A rule of the change feed failed for a change: everything that it covers was invalidated. */
      readonly type: 'feed-rule-failed';
      readonly table: string;
      readonly error: unknown;
    }
  | {
      /**
       * Some changes are not told by the triggers as they are now, so everything that the rules of these tables cover is
       * invalidated every ten seconds. Each problem is told once, until there are none any more.
       */
      readonly type: 'feed-gaps';
      readonly problems: readonly string[];
    }
  | {
      /** The triggers tell of every change again. */
      readonly type: 'feed-gaps-closed';
    }
  | {
      /** The triggers are those of the release before. They are read, and tell less exactly. */
      readonly type: 'feed-outdated';
    }
  | {
      /** A whole query of which nothing is declared is a part of a key: whoever asks can make new keys at will. */
      readonly type: 'query-undeclared';
      readonly method: string;
    };

export type EventListener = (event: CacheEvent) => void;
