import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

const run = promisify(execFile);

/**
 * Unpacks Debian packages without root, once per checkout. Several processes may do so at once: the first result stays.
 *
 * @param check rejects if the unpacked tree cannot be used
 * @returns the folder with `usr/`
 */
export async function unpackedPackages(
  name: string,
  packages: readonly string[],
  check: (tree: string) => Promise<void>,
): Promise<string> {
  const cache = join(CACHE, name);
  const isThere = await check(cache).then(
    () => true,
    () => false,
  );
  if (isThere) return cache;
  await mkdir(dirname(cache), { recursive: true });
  const own = await mkdtemp(`${cache}-`);
  try {
    const [downloads, tree] = [join(own, 'packages'), join(own, 'tree')];
    await mkdir(downloads);
    await download(downloads, packages);
    for (const file of await readdir(downloads)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(downloads, file), tree]);
    }
    await check(tree);
    await rename(tree, cache).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return cache;
}

async function download(folder: string, packages: readonly string[]): Promise<void> {
  const inFolder = { cwd: folder };
  await run('apt-get', ['download', ...packages], inFolder).catch(async () => {
    // The machine's package lists are missing or outdated, and only root may renew them: use lists of our own.
    const own = ['-o', `Dir::State=${folder}/state`, '-o', `Dir::Cache=${folder}/cache`];
    await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
    await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
    await run('apt-get', [...own, 'update'], inFolder);
    await run('apt-get', [...own, 'download', ...packages], inFolder);
  });
}
