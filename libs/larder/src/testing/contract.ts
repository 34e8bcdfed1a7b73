/** One check of a port's contract. */
export interface Check {
  readonly name: string;
  /** Rejects if the implementation violates the contract. */
  run(): Promise<void>;
}

/** Checks that each make an implementation, and close it at the end. */
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
