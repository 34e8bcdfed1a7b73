/**
 * Why arena cannot start, for the person who started it. Every problem names the variable to change, its value and the expected
 * values. They are printed together, without a stack trace.
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
