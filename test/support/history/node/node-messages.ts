import type { Operation } from '../operations.js';

/** The options of a node: its cache, its servers, and how it reads. */
export interface NodeOptions {
  readonly name: string;
  readonly seed: number;
  readonly subject: SubjectName;
  /** The entry point of another release to use. Default: this one. */
  readonly library?: string;
  readonly redis: string;
  /** The database: a Redis without feed, or a PostgreSQL with one. */
  readonly database: { readonly port: number } | { readonly url: string; readonly isObserved: boolean };
  readonly maxStaleness: number;
  readonly waitReplicas: number;
  readonly mode: Mode;
  /** Maximum milliseconds between two writes of a writer. */
  readonly writePause: number;
}

export type SubjectName = 'larder' | 'naive' | 'bentocache';

/** What most reads require: the bound, or the last value. */
export type Mode = 'default' | 'strong';

/** To a node. */
export type Order =
  /** Block the event loop for so many milliseconds. */
  | { readonly type: 'busy'; readonly milliseconds: number }
  /** Finish pending operations, begin no new ones, and deliver pending invalidations. */
  | { readonly type: 'rest' }
  /** Die between the commit of a write-through and its end. */
  | { readonly type: 'die-after-commit' }
  /** Read every key for the last time. */
  | { readonly type: 'read-all' };

/** From a node. */
export type News =
  | { readonly type: 'started' }
  | { readonly type: 'did'; readonly operations: readonly Operation[] }
  | { readonly type: 'rested' }
  | { readonly type: 'read-all' };
