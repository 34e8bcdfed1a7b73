import type { VersionTable } from './version-table.js';

/** What became of an invalidation. */
export interface Bump {
  /** Whether it is in the journal, where every node sees it. `false`: it is kept and delivered as soon as that is possible. */
  readonly delivered: boolean;
  /** The table's sequence number right after it was applied here; one from before, if a later bump was seen first. */
  readonly sequence: number;
}

/**
 * Where an invalidation comes from: `PATCH /v1/venues/:id` for a request over HTTP, `job close-offers`, `row change` for the
 * change feed, `console` for an operator, `call` for code that sets none; or any text of an application.
 */
export type Origin = string;

/** What is said of an invalidation to people who look for the cause of a miss. */
export interface Note {
  readonly origin: Origin;
  /** What it names. */
  readonly target: string;
}

/** A write that is about to begin. */
export interface Writing {
  /** What it will store its value under; none if it only invalidates. Writes of one id that overlap are told of each other. */
  readonly id: string | undefined;
  /** What its value will depend on. */
  readonly slots: readonly number[];
  /** What to bump if the writer is never heard of again. */
  readonly bumps: readonly number[];
}

/** A write under way, announced so that another writer of the same id can be told of it. */
export interface Intent {
  readonly token: string;
  /** Names it in the rows that it changes: at most 100 characters, unique. Left out if it has no id. */
  readonly mark?: string | undefined;
}

export interface WriteResult extends Bump {
  /** Whether no other intent for the same id overlapped this one, and none of its slots moved between its begin and its end. */
  readonly alone: boolean;
}

/**
 * Where invalidations are written down, in order, for every node. It feeds this node's version table and is the only one
 * that writes to it. `docs/consistency.md` has the promises that rest on it.
 *
 * What an implementation must hold to (`journalContract` of `nest-larder/testing` checks it):
 * - `bump` and `conclude` raise the versions of all their slots in one step, visible in this node's table before they resolve;
 *   they never reject. A version that was handed out is never handed out again for its slot.
 * - `syncedAt` never lies ahead: every change that was acknowledged anywhere before that moment is in the table.
 * - A change that could not be delivered is kept until it is, and `settled` is false meanwhile.
 */
export interface Journal {
  /** The moment, on the clock's `elapsed`, up to which the table is complete. `Infinity` where the table is the journal. */
  readonly syncedAt: number;

  /** Whether all that was bumped here has been delivered. Until then nothing of a tier that nodes share may be served. */
  readonly settled: boolean;

  /** For how many milliseconds something bumped here has not been delivered; 0 or left out while all of it has. */
  readonly deliveryLag?: number;

  /** Why the last attempt to read or to write failed; `undefined` or left out while both work. */
  readonly problem?: unknown;

  /** What to add to the clock's `elapsed` for the time, in milliseconds since the epoch, on which all nodes agree. */
  readonly timeOffset: number;

  /**
   * Raises the versions of these slots: every entry that depends on one of them is no longer valid.
   *
   * @param note told to the nodes; a journal may leave it out
   * @param mark of the write whose rows have changed. While it is under way, the bump does not count as another write's. After
   *   it has concluded and was kept, the slots that it bumped then are not raised. A journal may treat it as unknown.
   */
  bump(slots: readonly number[], note?: Note, mark?: string): Promise<Bump>;

  /** Announces a write. Never rejects; an intent that could not be announced concludes as not alone. */
  announce(writing: Writing): Promise<Intent>;

  /**
   * Ends an intent and bumps, in one step.
   *
   * @param keepsMark whether rows that bear its mark were committed before; never for a write that may be committed later
   */
  conclude(intent: Intent, slots: readonly number[], note?: Note, keepsMark?: boolean): Promise<WriteResult>;

  /**
   * Brings these slots (and the root) of the table up to what was acknowledged anywhere before the call.
   * Resolves with `false` if that could not be found out in time.
   */
  confirm(slots: readonly number[]): Promise<boolean>;

  close(): Promise<void>;
}

/** How long a journal keeps what a marked write bumped, in milliseconds: a feed that is later invalidates once more. */
export const MARK_RETENTION = 60_000;

/** Makes the journal of a cache: it gets the table it feeds. */
export type JournalFactory = (table: VersionTable) => Journal;
