import type { Pool } from 'pg';

/** An application whose answers are cached. */
export interface Subject {
  readonly name: string;
  readonly pool: Pool;
  readonly url: string;
  /** What its queries find rows by, for the triggers. */
  readonly watched: Readonly<Record<string, readonly string[]>>;
  readonly answers: readonly Answer[];
  /** The stream of changes: what happens how often, in parts of the whole. */
  readonly changes: readonly Change[];
}

/** A cached answer, and how it is loaded. */
export interface Answer {
  readonly key: readonly [string, ...(string | number)[]];
  load(): Promise<unknown>;
}

interface Change {
  readonly share: number;
  /** The tables whose rows it changes. */
  readonly tables: readonly string[];
  /** One statement. */
  sql(pick: Pick): string;
}

/** Random choices of a change. */
export interface Pick {
  /** From 1: half of them of the first `shown` rows, which cached answers show, the others of all. */
  id(all: number, shown: number): number;
  of<Value>(values: readonly Value[]): Value;
  whole(below: number): number;
}
