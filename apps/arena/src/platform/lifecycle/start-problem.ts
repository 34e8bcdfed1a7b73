/**
 * Why arena cannot start, in words for the person who started it. Every problem names the variable to change, what it
 * got and what it takes; they are printed together and without a stack trace.
 */
export class StartProblem extends Error {
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`Arena cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, options);
    this.name = 'StartProblem';
  }
}
