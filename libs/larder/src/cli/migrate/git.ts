import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LarderCommandError } from '../command-error.js';
import type { ChangedFile } from './project.js';

/** Milliseconds. */
const TIMEOUT = 30_000;

/**
 * The changes as a unified diff, without colours.
 *
 * @throws LarderCommandError without git
 */
export function diffOf(files: readonly ChangedFile[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'larder-migrate-'));
  try {
    for (const { path, before, after } of files) {
      for (const [side, text] of [
        ['a', before],
        ['b', after],
      ] as const) {
        const file = join(folder, side, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
    const { output } = git(folder, 'diff', '--no-index', '--no-color', '--no-ext-diff', '--no-prefix', 'a', 'b');
    return output.replace(/^(diff --git|index) .*\n/gm, '').trimEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Demands that everything is committed: then `git checkout .` undoes a run.
 *
 * @throws LarderCommandError with uncommitted changes, or outside of a repository
 */
export function demandCleanTree(folder: string): void {
  const { status, output } = git(folder, 'status', '--porcelain');
  if (status !== 0)
    throw new LarderCommandError(
      'This folder is in no git repository, so that nothing could undo the change',
      'Create one and commit, or pass --force',
    );
  if (output.trim() === '') return;
  throw new LarderCommandError('There are uncommitted changes', 'Commit or stash them, or pass --force');
}

function git(folder: string, ...args: readonly string[]): { readonly status: number; readonly output: string } {
  try {
    const output = execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: TIMEOUT,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { status: 0, output };
  } catch (error) {
    const { status, stdout, code } = error as { status?: number | null; stdout?: string; code?: string };
    if (code === 'ENOENT')
      throw new LarderCommandError('git was not found', 'Install it: migrate shows and checks changes by it', {
        cause: error,
      });
    if (typeof status !== 'number')
      throw new LarderCommandError(
        `git ${args[0]} did not end within ${TIMEOUT / 1000} s, or wrote too much`,
        'Run git there by hand',
        {
          cause: error,
        },
      );
    return { status, output: stdout ?? '' };
  }
}
