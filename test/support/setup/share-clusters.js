import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import buildPrograms from './build-programs.js';

/** Compiles programs, and makes the folder of the cluster that each `PostgresServer` copies; the first one that is started fills it. */
export default async function shareClusters() {
  buildPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'larder-clusters-'));
  // PostgreSQL does not run as root: its account must reach the folder.
  await chmod(folder, 0o755);
  process.env.LARDER_TEST_CLUSTERS = folder;
  globalThis.copiedFolders = [...(globalThis.copiedFolders ?? []), folder];
}
