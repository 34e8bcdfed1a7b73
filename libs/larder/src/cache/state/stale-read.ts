/** A part of a served value that a fresh load returns differently. */
export interface StaleDifference {
  /** `venue.name`, `items[3].price`; `the value` if it differs as a whole. */
  readonly path: string;
  /** What was served, as text; `undefined` if it is redacted. */
  readonly served: string | undefined;
  /** What a fresh load returns, as text; `undefined` if it is redacted. */
  readonly fresh: string | undefined;
  /** Whether it is a list with the same elements in another order. */
  readonly isOrder?: boolean;
}

/** A change that may have made a value stale. */
export interface SuspectedChange {
  /** `write`: a write through Larder. `row`: a row of a table that the change feed watches. */
  readonly kind: 'write' | 'row';
  /** The write, such as `PATCH /v1/venues/:id`, `Venues.update` or `call`; of a row, its table. */
  readonly name: string;
  /** What it invalidated. */
  readonly targets: readonly string[];
  /** Milliseconds from the load of the stale value to the change. */
  readonly after: number;
}

/** A table that the load of a stale value reads. */
export interface StaleTable {
  /** With its schema. */
  readonly table: string;
  /** The query, shortened and without its literals. */
  readonly query: string;
  /** Milliseconds from the load of the stale value to the last change that the change feed reported; `undefined` if it reported none. */
  readonly changedAfter: number | undefined;
  /** Whether the query returns a value that differs. */
  readonly returnsChange: boolean;
}

/** A finding of the audit: a hit got a value that a change had made stale, and no invalidation covered the change. */
export interface StaleRead {
  /** The method that served the value; `undefined` for a call of the cache. */
  readonly method: string | undefined;
  /** The key of the value, at most 200 characters. */
  readonly key: string;
  /** At most ten differences. */
  readonly differences: readonly StaleDifference[];
  /** How many parts of the value differ. */
  readonly differing: number;
  /** Milliseconds from the load of the value to the read. */
  readonly age: number;
  /** What may have changed it, the most likely first; at most three. */
  readonly changedBy: readonly SuspectedChange[];
  /**
   * Which tables its load reads, those that changed first; at most three. Empty unless the option `database` observes its queries.
   */
  readonly tables: readonly StaleTable[];
  /** The finding for people, in several lines. */
  readonly message: string;
}
