/** Commands that change no row. `PREPARE` and `COMMIT` may also be of two-phase commit, which their tag does not tell. */
const CHANGE_NOTHING = new Set([
  'BEGIN',
  'START',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'SET',
  'RESET',
  'SHOW',
  'LISTEN',
  'UNLISTEN',
  'NOTIFY',
  'DECLARE',
  'CLOSE',
  'DISCARD',
  'PREPARE',
  'DEALLOCATE',
  'LOCK',
]);
const PREPARED = /\bcommit\s+prepared\b/i;

/** A statement that has ended. */
export interface Ended {
  readonly text: string | undefined;
  /** The first word of each command tag. */
  readonly commands: readonly (string | null)[];
  readonly hasFailed: boolean;
  /** Whether the connection is inside a transaction now. */
  readonly isInTransaction: boolean;
}

/** Whether one connection may have written what it has not committed yet. */
export class PendingWrite {
  #isThere: boolean;

  /** @param isUnknown whether a transaction is open whose statements were not seen */
  constructor(isUnknown: boolean) {
    this.#isThere = isUnknown;
  }

  /** Notes a statement that is not certainly a read. Tells whether a write may now be committed. */
  isCommittedBy({ text, commands, hasFailed, isInTransaction }: Ended): boolean {
    const mayWrite = hasFailed || commands.some((command) => command !== null && !CHANGE_NOTHING.has(command));
    if (mayWrite || text === undefined || PREPARED.test(text)) this.#isThere = true;
    const isCommitted = !isInTransaction || commands.includes('COMMIT');
    if (!isCommitted || !this.#isThere) return false;
    // A text of several statements may have begun another transaction.
    this.#isThere = isInTransaction && commands.length > 1;
    return commands.length === 0 || commands.some((command) => command !== 'ROLLBACK');
  }
}
