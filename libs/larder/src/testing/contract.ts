/** One thing that an implementation of a port must hold to. */
export interface Check {
  readonly name: string;
  /** Rejects if it does not. */
  run(): Promise<void>;
}

/** Checks that each begin with an implementation of their own, which is closed at their end. */
export function checksOf<Subject>(
  make: () => Promise<Subject>,
  close: (subject: Subject) => Promise<void>,
  checks: Readonly<Record<string, (subject: Subject) => Promise<void>>>,
): readonly Check[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const subject = await make();
      try {
        await check(subject);
      } finally {
        await close(subject);
      }
    },
  }));
}
