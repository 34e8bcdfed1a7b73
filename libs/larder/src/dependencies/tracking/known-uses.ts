import type { Use } from '../../change-feed/triggers/used-columns.js';

/** A point in the order of what this process has done. */
export type Moment = number;

/**
 * Which uses are registered in the database, and since when. The reader of the change log reads the uses after the rows: a change
 * that it read before a registration may have been ignored. A load that began after the registration has seen that change.
 */
export class KnownUses {
  /** Nested, so that a check builds no text. Tables stay. */
  readonly #tables = new Map<string, { readonly keys: Map<string, Moment>; readonly read: Map<string, Moment> }>();
  #moment = 0;

  /** The moment of now, after all earlier ones. */
  now(): Moment {
    return ++this.#moment;
  }

  get tables(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** Notes uses that the database has. */
  confirm(uses: readonly Use[]): void {
    const now = this.now();
    for (const { table, column, isKey } of uses) {
      const known = this.#tables.get(table) ?? { keys: new Map(), read: new Map() };
      this.#tables.set(table, known);
      const since = isKey ? known.keys : known.read;
      if (!since.has(column)) since.set(column, now);
    }
  }

  /** Notes all uses that the database has, and forgets the others. */
  replace(uses: readonly Use[]): void {
    const names = new Set(uses.map(nameOf));
    for (const [table, { keys, read }] of this.#tables) {
      for (const column of keys.keys()) if (!names.has(nameOf({ table, column, isKey: true }))) keys.delete(column);
      for (const column of read.keys()) if (!names.has(nameOf({ table, column, isKey: false }))) read.delete(column);
    }
    this.confirm(uses);
  }

  /** The uses that a load may not rest on that began at this moment. */
  missing(uses: readonly Use[], began: Moment): Use[] {
    return uses.filter(({ table, column, isKey }) => !this.has(table, column, isKey, began));
  }

  /** Whether a load that began at this moment may rest on a use. */
  has(table: string, column: string, isKey: boolean, began: Moment): boolean {
    const known = this.#tables.get(table);
    const since = (isKey ? known?.keys : known?.read)?.get(column);
    return since !== undefined && since <= began;
  }

  /** Forgets all: the database may have lost them. Their tables stay known. */
  forget(): void {
    for (const { keys, read } of this.#tables.values()) {
      keys.clear();
      read.clear();
    }
  }
}

function nameOf({ table, column, isKey }: Use): string {
  return `${table}\0${column}\0${isKey ? 'key' : ''}`;
}
