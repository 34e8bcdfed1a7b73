import type { Use } from '../../change-feed/triggers/used-columns.js';

/** A point in the order of what this process has done. */
export type Moment = number;

/**
 * Which uses are registered in the database, and since when. The reader of the change log reads the uses after the rows: a change
 * that it read before a registration may have been ignored. A load that began after the registration has seen that change.
 */
export class KnownUses {
  readonly #since = new Map<string, Moment>();
  readonly #tables = new Set<string>();
  #moment = 0;

  /** The moment of now, after all earlier ones. */
  now(): Moment {
    return ++this.#moment;
  }

  get tables(): readonly string[] {
    return [...this.#tables];
  }

  /** Notes uses that the database has. */
  confirm(uses: readonly Use[]): void {
    const now = this.now();
    for (const use of uses) {
      const name = nameOf(use);
      if (!this.#since.has(name)) this.#since.set(name, now);
      this.#tables.add(use.table);
    }
  }

  /** Notes all uses that the database has, and forgets the others. */
  replace(uses: readonly Use[]): void {
    const names = new Set(uses.map(nameOf));
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name);
    this.confirm(uses);
  }

  /** The uses that a load may not rest on that began at this moment. */
  missing(uses: readonly Use[], began: Moment): Use[] {
    return uses.filter((use) => (this.#since.get(nameOf(use)) ?? Number.POSITIVE_INFINITY) > began);
  }

  /** Forgets all: the database may have lost them. Their tables stay known. */
  forget(): void {
    this.#since.clear();
  }
}

function nameOf({ table, column, isKey }: Use): string {
  return `${table}\0${column}\0${isKey ? 'key' : ''}`;
}
