// Packs the library, and installs packages as a user's machine would: shared by the matrix, the examples and the ORMs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = join(import.meta.dirname, '../..');
export const STEP_TIMEOUT = 300_000;
export const npmOptions = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** Packs `nest-larder` into a folder. @returns the path of the tarball */
export async function pack(folder) {
  const options = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', options, { cwd: join(root, 'libs/larder') });
  const packed = JSON.parse(stdout);
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return join(folder, filename);
}

/** The environment of this shell, reduced to the paths of programs and caches. */
export function environment() {
  const { PATH, HOME } = process.env;
  const ofNpm = Object.entries(process.env).filter(([name]) => /^npm_config_(cache|registry|store_dir)$/i.test(name));
  return { PATH, HOME, CI: '1', ...Object.fromEntries(ofNpm) };
}
