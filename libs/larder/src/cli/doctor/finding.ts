/** What a finding is about. */
type Area = 'settings' | 'redis' | 'postgresql' | 'methods' | 'packages';

/** One thing that was checked. A `problem` stops Larder from working as promised; a `warning` costs something. */
export interface Finding {
  readonly area: Area;
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was found, as a sentence without its full stop. Never contains a password. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Finds out one thing; `undefined` if there is nothing to say. */
export type Check<Subject> = (subject: Subject) => Promise<Finding | undefined>;
