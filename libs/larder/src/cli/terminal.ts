import type { Environment } from '../options/option.js';

/** The output of a command. */
export interface Terminal {
  print(text: string): void;
  complain(text: string): void;
  /** Replaces the line that was drawn last, on a terminal that can; an empty text removes it. */
  readonly draw?: ((line: string) => void) | undefined;
}

/**
 * Runs a command.
 *
 * @param argv the arguments after its name
 * @returns the exit code: 0 for success, 1 for a failure or a finding, 2 for an invalid command line or environment
 * @throws LarderError if it cannot do its work
 */
export type Run = (argv: readonly string[], env: Environment, terminal: Terminal) => Promise<number>;
