// Fails when a folder has too many source files for a reader. Specs and entry points do not count.
import { readdirSync } from 'node:fs';

const MAX_FILES = 12;
const ROOTS = ['libs/larder/src', 'apps/arena/src', 'test/support', 'bench'];

const full = ROOTS.flatMap((root) => [root, ...foldersBelow(root)])
  .map((folder) => ({ folder, files: sourcesIn(folder).length }))
  .filter(({ files }) => files > MAX_FILES);

for (const { folder, files } of full) {
  console.error(
    `${folder} has ${files} source files; at most ${MAX_FILES} are allowed. Split it by a noun of the domain.`,
  );
}
process.exitCode = full.length > 0 ? 1 : 0;

function foldersBelow(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((found) => found.isDirectory())
    .map((found) => `${found.parentPath}/${found.name}`)
    .filter((folder) => !/\/(dist|build|node_modules)(\/|$)/.test(folder));
}

function sourcesIn(folder) {
  return readdirSync(folder).filter(
    (name) => /\.(ts|mjs|js)$/.test(name) && !name.endsWith('.spec.ts') && name !== 'index.ts',
  );
}
