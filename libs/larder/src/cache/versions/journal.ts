import type { TierEntry } from '../entries/tier-entry.js';
import type { VersionTable } from './version-table.js';

/** The result of an invalidation. */
export interface Bump {
  /** Whether it is in the journal, where every node sees it. `false`: it is queued and delivered as soon as possible. */
  readonly delivered: boolean;
  /** The table's sequence number right after it was applied here, or an earlier one if a later bump arrived first. */
  readonly sequence: number;
  /** Whether the entries of an {@link Attachment} are in the shared tier, valid. Absent: they are not. */
  readonly isStored?: boolean;
}

/**
 * The entries to store in the same step as a bump, if it gives the slots this version. Called once, when the step is sent; must not
 * throw.
 */
export type Attachment = (version: number) => readonly TierEntry[];

/**
 * The source of an invalidation: `PATCH /v1/venues/:id` for an HTTP request, `job close-offers`, `row change` for the change
 * feed, `console` for an operator, `call` for code that sets none, or any text of an application.
 */
export type Origin = string;

/** Describes an invalidation, for people who look for the cause of a miss. */
export interface Description {
  readonly origin: Origin;
  /** The names of what is invalidated. */
  readonly target: string;
}

/** What a journal tells the other nodes of an invalidation besides its slots. */
export interface Note {
  /** Only with the option `diagnostics`. */
  readonly description?: Description | undefined;
  /** The W3C traceparent of the invalidation. Only if the cache has a tracer that records it. */
  readonly traceparent?: string | undefined;
}

/** A write that is about to begin. */
export interface Writing {
  /** The id that it will write; `undefined` if it only invalidates. Overlapping writes of one id learn of each other. */
  readonly id: string | undefined;
  /** The dependencies of its value. */
  readonly slots: readonly number[];
  /** The slots to bump if the writer's heartbeat stops. */
  readonly bumps: readonly number[];
}

/** An announced write that has not ended. */
export interface Intent {
  readonly token: string;
  /** Identifies the write in the rows that it changes: unique, at most 100 characters. Absent if it has no id. */
  readonly mark?: string | undefined;
}

export interface WriteResult extends Bump {
  /** Whether no other intent of the same id overlapped it, and none of its slots changed between its begin and its end. */
  readonly alone: boolean;
}

/**
 * The ordered log of invalidations for all nodes. It is the only writer of this node's version table.
 * `docs/consistency.md` lists the guarantees that rest on it.
 *
 * An implementation must keep these rules (checked by `journalContract` of `nest-larder/testing`):
 * - `bump` and `conclude` raise the versions of all their slots in one step, visible in this node's table before they
 *   resolve; they never reject. The journal never reuses a version of a slot.
 * - `syncedAt` is never too late: every invalidation acknowledged anywhere before that moment is in the table.
 * - An undelivered invalidation is kept until it is delivered, and `settled` is false until then.
 */
export interface Journal {
  /** The moment, on the clock's `elapsed`, up to which the table is complete. `Infinity` where the table is the journal. */
  readonly syncedAt: number;

  /** Whether all bumps of this node have been delivered. Until then no entry of a shared tier may be served. */
  readonly settled: boolean;

  /** Milliseconds since the oldest undelivered bump of this node; 0 or absent if all are delivered. */
  readonly deliveryLag?: number;

  /** The error of the last failed read or write; `undefined` or absent while both work. */
  readonly problem?: unknown;

  /** Add it to the clock's `elapsed` for the time on which all nodes agree, in milliseconds since the epoch. */
  readonly timeOffset: number;

  /**
   * Raises the versions of these slots: invalidates every entry that depends on one of them.
   *
   * @param note sent to the nodes; a journal may leave it out
   * @param mark the mark of the write that changed the rows. Until that write concludes, the bump does not count as another
   *   write's. Afterwards the slots that the write bumped are not raised again, while the mark is kept. A journal may
   *   ignore it.
   * @param attachment stored with the bump; a journal may ignore it
   */
  bump(slots: readonly number[], note?: Note, mark?: string, attachment?: Attachment): Promise<Bump>;

  /** Announces a write. Never rejects: an intent that could not be announced concludes with `alone: false`. */
  announce(writing: Writing): Promise<Intent>;

  /**
   * Ends an intent and bumps, in one step.
   *
   * @param keepsMark whether rows with its mark have been committed; `false` for a write that may still be committed
   */
  conclude(intent: Intent, slots: readonly number[], note?: Note, keepsMark?: boolean): Promise<WriteResult>;

  /**
   * Updates these slots (and the root) in the table to all invalidations acknowledged anywhere before the call.
   * Resolves with `false` if that could not be done in time.
   */
  confirm(slots: readonly number[]): Promise<boolean>;

  /**
   * Resolves when the table has every invalidation acknowledged anywhere before the call; with `false` if that could not be done.
   * May be absent: callers then invalidate themselves.
   */
  catchUp?(): Promise<boolean>;

  close(): Promise<void>;
}

/** How long a journal remembers the bumps of a marked write, in milliseconds; a later feed invalidates again. */
export const MARK_RETENTION = 60_000;

/** Makes the journal of a cache, which updates this table. */
export type JournalFactory = (table: VersionTable) => Journal;
