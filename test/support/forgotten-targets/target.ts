/** Who invalidates: a write of arena itself, or the change feed for a row that any program changed. */
export type Invalidator = 'write' | 'row';

/** One element of arena's declared targets, and how to make it switchable. */
export interface DeclaredTarget {
  readonly id: number;
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  /** The method, function or rule that declares it. */
  readonly owner: string;
  /** Its source, on one line. */
  readonly text: string;
  readonly invalidators: readonly Invalidator[];
}

/** Text to insert into a source file. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

export interface DeclaredTargets {
  readonly targets: readonly DeclaredTarget[];
  /** By file: what makes each of its targets ask `keepsTarget(id)`. In the order in which they are inserted. */
  readonly insertions: Readonly<Record<string, readonly Insertion[]>>;
}
