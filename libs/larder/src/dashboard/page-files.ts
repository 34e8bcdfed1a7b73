import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PageFiles } from './server/router.js';

/**
 * The files of the page. `bundle.js` replaces this module by one that has them as texts: applications that are bundled
 * themselves need no files beside them. From the sources, as in tests, they are made on the first request.
 */
export async function pageFiles(): Promise<PageFiles> {
  const program = fileURLToPath(new URL('../../page/print.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as PageFiles;
}
