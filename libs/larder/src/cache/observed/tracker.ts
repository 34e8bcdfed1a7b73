/** Something that a value was read from. Equal names are the same dependency. */
interface ObservedDependency {
  readonly name: string;
  /** For people: what is read, and by which query. */
  readonly text: string;
}

/** A loaded value with what it was read from, or with the reason why that is not known: then it must not be stored. */
export type Observed<T> =
  | { readonly value: T; readonly dependencies: readonly ObservedDependency[] }
  | {
      readonly value: T;
      readonly reason: string;
      /** Whether a later load may be stored without any change of the application: no warning then. */
      readonly isPassing?: boolean;
    };

/** Observes what loads read. The values that they read from the cache are not its concern. */
export interface Tracker {
  /**
   * Runs a load. A value that it got must be observed as it was at the start of the load, or later.
   *
   * @throws any error of the load
   */
  run<T>(load: () => T | Promise<T>): Promise<Observed<T>>;
}
