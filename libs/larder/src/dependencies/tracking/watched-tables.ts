import { LarderChangeFeedError } from '../../base/errors.js';
import { findProblems } from '../../change-feed/triggers/status.js';
import { parseTable } from '../../change-feed/triggers/table-name.js';
import type { Database } from '../../postgres/session.js';
import type { Moment } from './known-uses.js';

type Watch = { readonly since: Moment } | { readonly problem: string };

/** Which tables log every change of theirs (rule 20), and since when. */
export class WatchedTables {
  readonly #watches = new Map<string, Watch>();

  constructor(private readonly now: () => Moment) {}

  isKnown(table: string): boolean {
    return this.#watches.has(table);
  }

  /** Whether every change is logged that a load can have missed which began at this moment. */
  isWatchedSince(table: string, began: Moment): boolean {
    const watch = this.#watches.get(table);
    return watch !== undefined && 'since' in watch && watch.since <= began;
  }

  /** Why changes of a table may be missed. */
  problemOf(table: string): string | undefined {
    const watch = this.#watches.get(table);
    return watch !== undefined && 'problem' in watch ? watch.problem : undefined;
  }

  /** @throws LarderChangeFeedError if the database does not answer, or has no change log that can be read */
  async check(database: Database, tables: readonly string[]): Promise<void> {
    if (tables.length === 0) return;
    const wanted = tables.map((table) => ({ table: parseTable(table), columns: [] }));
    const { fault, gaps } = await findProblems(database, wanted);
    if (fault !== undefined) throw new LarderChangeFeedError('triggers', fault);
    const problems = new Map(gaps.map(({ table, problem }) => [table, problem]));
    const now = this.now();
    for (const table of tables) {
      const problem = problems.get(table);
      if (problem !== undefined) this.#watches.set(table, { problem });
      else if (!this.isWatchedSince(table, now)) this.#watches.set(table, { since: now });
    }
  }
}
