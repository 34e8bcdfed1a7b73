// Releases nest-larder: the version that the changesets ask for, a commit, a tag, and the package. With --dry-run it makes the same package and says what
// would be published; nothing in the repository or the registry changes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const library = join(root, 'libs/larder');
const isDry = process.argv.includes('--dry-run');

const run = (program, ...given) => execFileSync(program, given, { cwd: root, stdio: 'inherit' });
const read = (program, ...given) => execFileSync(program, given, { cwd: root, encoding: 'utf8' }).trim();
const manifest = () => JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
const versionNow = () => manifest().version;

const unset = ['repository', 'homepage', 'bugs'].filter((field) => !(field in manifest()));
if (unset.length > 0) {
  const problem = `libs/larder/package.json has no ${unset.join(', ')}: set the address where the project is published.`;
  if (!isDry) throw new Error(problem);
  console.warn(`A release would be refused: ${problem}`);
}

if (isDry) {
  run('npx', '--no-install', 'changeset', 'status');
} else {
  if (read('git', 'status', '--porcelain') !== '')
    throw new Error('There are uncommitted changes. Commit them, then release.');
  if (read('git', 'branch', '--show-current') !== 'main')
    throw new Error('Releases are made of main. Check it out, then release.');
  run('npx', '--no-install', 'changeset', 'version');
  noteVersion(versionNow());
}
for (const check of ['check', 'test']) if (!isDry) run('npm', 'run', check);
run('npm', 'run', '--silent', 'build:library');
if (!isDry) {
  run('git', 'commit', '--all', '--message', `Release ${versionNow()}`);
  run('git', 'tag', `v${versionNow()}`);
}
run(
  'npm',
  'publish',
  '--workspace',
  'libs/larder',
  '--ignore-scripts',
  '--access',
  'public',
  ...(isDry ? ['--dry-run'] : []),
);

/** The version is also a part of the symbols that copies of one release share. */
function noteVersion(version) {
  const file = join(library, 'src/base/package/copies.ts');
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(/'nest-larder@[^']*'/, `'nest-larder@${version}'`));
}
