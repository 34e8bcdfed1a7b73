import type { WholeTable } from './whole-tables.js';

/** Something that a value was read from. Equal names are the same dependency. */
export interface ObservedDependency {
  readonly name: string;
  /** The end of the name, if it is in two parts: the first is then the same for many dependencies. */
  readonly rest?: string | undefined;
  /** For people: what is read, and by which query. */
  readonly text: string;
  /** At most how many bytes what the text is made of takes, where it is long and no other dependency has it. */
  readonly bytes?: number | undefined;
}

/** A loaded value with what it was read from, or with the reason why that is not known: then it must not be stored. */
export type Observed<T> =
  | {
      readonly value: T;
      readonly dependencies: readonly ObservedDependency[];
      /** The tables of which every row matters, whatever the arguments of the load. */
      readonly wholeTables?: readonly WholeTable[];
    }
  | {
      readonly value: T;
      readonly reason: string;
      readonly passes?: Passing | undefined;
    };

/**
 * When a reason ends to hold without any change of the application: `'with this load'` for queries that are new, because the next load
 * finds them known; `'later'` while nothing can be observed; `'perhaps'` with this load, for what ran beside it. That may be so each
 * time, so it is still a warning.
 */
export type Passing = 'with this load' | 'later' | 'perhaps';

/** A table that a load has read by one of its queries. */
export interface ObservedRead {
  readonly table: string;
  /** The column whose values decide which rows matter; `undefined` if every row does. */
  readonly column: string | undefined;
  readonly values: readonly string[];
  /** The text of the query, without its literals. */
  readonly query: string;
  /** The rows of its result, as far as they are known. */
  readonly rows: readonly (readonly unknown[])[];
}

/** A loaded value with what it was read from, for people. */
export interface Explained<T> {
  readonly value: T;
  readonly reads: readonly ObservedRead[];
}

/** Observes what loads read. The values that they read from the cache are not its concern. */
export interface Tracker {
  /**
   * Runs a load. A value that it got must be observed as it was at the start of the load, or later.
   *
   * @param ended called with what was observed, in the turn in which the load ends where that is known by then: no promise for each
   * step, because while a load runs each one of the process is slower
   * @throws any error of the load
   */
  run<T, Result>(load: () => T | Promise<T>, ended: (observed: Observed<T>) => Result): Promise<Result>;
  /**
   * Runs a load whose value is not stored, and tells what it reads, as far as that is known.
   *
   * @throws any error of the load
   */
  readonly explain?: <T>(load: () => T | Promise<T>) => Promise<Explained<T>>;
}
