import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import buildPrograms, { build } from './build-programs.js';

const DIST = '../../../apps/arena/dist';

/** Seeds the data folder of an arena once, for `newDataDir` to copy. */
export default async function seedArena() {
  buildPrograms();
  build('apps/arena');
  const { openDatabase } = await import(`${DIST}/platform/database/open-database.js`);
  const { PROFILES } = await import(`${DIST}/platform/database/profiles.js`);
  const { seed } = await import(`${DIST}/demo/seed/seed.js`);
  const dataDir = await mkdtemp(join(tmpdir(), 'arena-seeded-'));
  process.env.LARDER_TEST_DATA_DIR = dataDir;
  const options = { databaseUrl: undefined, dataDir, databaseLimits: { ...PROFILES.development, processes: 1 } };
  await (await openDatabase(options, seed)).close();
  // If the server's user cannot reach the folder, it has only a link to the data: then each arena seeds its own.
  if ((await lstat(join(dataDir, 'postgres'))).isSymbolicLink()) delete process.env.LARDER_TEST_DATA_DIR;
  globalThis.seededDataDir = dataDir;
}

export async function removeSeeded() {
  await rm(globalThis.seededDataDir, { recursive: true, force: true });
}
