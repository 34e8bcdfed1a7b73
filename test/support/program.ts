import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, or `test/dist` where this file itself has been compiled to. */
const HERE = fileURLToPath(new URL('../..', import.meta.url));
const IS_COMPILED = /[\\/]test[\\/]dist[\\/]$/.test(HERE);
const COMPILED = IS_COMPILED ? HERE : join(HERE, 'test', 'dist');
/** The folder of the repository. */
export const REPOSITORY = IS_COMPILED ? join(HERE, '..', '..') : HERE;

/**
 * Starts a program of `test/support` as a process of its own. `tsc` has compiled it (`test/tsconfig.programs.json`), and it
 * uses the built library, as an application would.
 *
 * @param program its path in `test/support`, without an extension: `jobs/job-process`
 * @param args what it gets as arguments; one that is no string goes as JSON
 */
export function forkProgram(program: string, args: readonly unknown[], options: ForkOptions = {}): ChildProcess {
  const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
  return fork(compiledProgram(program), texts, {
    execArgv: ['--no-warnings', '--enable-source-maps'],
    env: { ...process.env, NODE_OPTIONS: '' },
    ...options,
  });
}

/** The file that a program has been compiled to. */
export function compiledProgram(program: string): string {
  return join(COMPILED, 'test', 'support', `${program}.js`);
}
