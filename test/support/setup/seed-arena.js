import { randomBytes } from 'node:crypto';
import { appendFile, lstat, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import buildPrograms, { build } from './build-programs.js';
import { visitArena } from './visit-arena.js';

const ADMIN_TOKEN = randomBytes(24).toString('base64url');
const DIST = '../../../apps/arena/dist';

/** Seeds the data folder of an arena once, for `newDataDir` to copy. */
export default async function seedArena() {
  buildPrograms();
  build('apps/arena');
  const { startArena } = await import(`${DIST}/arena.js`);
  const { readOptions } = await import(`${DIST}/arena-options.js`);
  const { urlOf } = await import(`${DIST}/platform/lifecycle/listen.js`);
  const dataDir = await mkdtemp(join(tmpdir(), 'arena-seeded-'));
  process.env.LARDER_TEST_DATA_DIR = dataDir;
  const options = await readOptions({ ARENA_DATA_DIR: dataDir, PORT: '0', LARDER_ADMIN_TOKEN: ADMIN_TOKEN });
  const arena = await startArena(options, { warming: false });
  Logger.overrideLogger(false);
  try {
    await visitArena(urlOf(arena), ADMIN_TOKEN);
  } finally {
    await arena.close();
  }
  // A crash of the machine may lose data of the copies; a crash of a server loses none.
  await appendFile(join(dataDir, 'postgres', 'cluster', 'postgresql.conf'), 'fsync = off\nfull_page_writes = off\n');
  // If the server's user cannot reach the folder, it has only a link to the data: then each arena seeds its own.
  if ((await lstat(join(dataDir, 'postgres'))).isSymbolicLink()) delete process.env.LARDER_TEST_DATA_DIR;
  globalThis.copiedFolders = [...(globalThis.copiedFolders ?? []), dataDir];
}
