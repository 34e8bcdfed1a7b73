import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, or `test/dist` when this file runs compiled. */
const HERE = fileURLToPath(new URL('../..', import.meta.url));
const IS_COMPILED = /[\\/]test[\\/]dist[\\/]$/.test(HERE);
const COMPILED = IS_COMPILED ? HERE : join(HERE, 'test', 'dist');
/** The folder of the repository. */
export const REPOSITORY = IS_COMPILED ? join(HERE, '..', '..') : HERE;

/**
 * Starts a program of `test/support` as a child process. `tsc` has compiled it (`test/tsconfig.programs.json`), and it
 * uses the built library, as an application would.
 *
 * @param program its path in `test/support`, without an extension: `jobs/job-process`
 * @param args its arguments; one that is no string is passed as JSON
 */
export function forkProgram(program: string, args: readonly unknown[], options: ForkOptions = {}): ChildProcess {
  const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
  return fork(compiledProgram(program), texts, {
    execArgv: ['--no-warnings', '--enable-source-maps'],
    env: { ...process.env, NODE_OPTIONS: '' },
    ...options,
  });
}

/** The compiled file of a program. */
export function compiledProgram(program: string): string {
  return join(COMPILED, 'test', 'support', `${program}.js`);
}
