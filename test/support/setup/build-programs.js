import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TSC = 'node_modules/ts7/bin/tsc';

/** Compiles the library and the child programs of tests. Half a second if nothing has changed. */
export default function buildPrograms() {
  build('libs/larder', 'test/tsconfig.programs.json');
}

export function build(...projects) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, '-b', ...projects], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tsc -b ${projects.join(' ')} failed:\n${stdout}${stderr}`);
}
