import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LarderCommandError } from '../command-error.js';

/** The versions that it was tried with. */
const TS_MORPH = '^28';

/**
 * Loads ts-morph from the project. It is no dependency of nest-larder: it brings a compiler with it, for one command.
 *
 * @throws LarderCommandError if it is not installed
 */
export function loadTsMorph(folder: string): typeof import('ts-morph') {
  for (const place of [join(folder, 'package.json'), import.meta.url]) {
    const require = createRequire(place);
    try {
      return require('ts-morph');
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new LarderCommandError(
    'migrate reads the code by the package ts-morph, which is not installed',
    `Install it for this run, which changes no package.json: npm install --no-save ts-morph@${TS_MORPH}`,
  );
}
