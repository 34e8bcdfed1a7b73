// Releases nest-larder and eslint-plugin-nest-larder: the versions that the changesets ask for, a commit, a tag, and the packages. With --dry-run it makes
// the same packages and says what would be published; nothing in the repository or the registry changes.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
/** In the order in which they are published. */
const PACKAGES = ['libs/larder', 'libs/eslint-plugin-nest-larder'];
const [library] = PACKAGES;
const isDry = process.argv.includes('--dry-run');

const run = (program, ...given) => execFileSync(program, given, { cwd: root, stdio: 'inherit' });
const read = (program, ...given) => execFileSync(program, given, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
const manifest = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const versionNow = () => manifest(library).version;

for (const folder of PACKAGES) {
  const unset = ['repository', 'homepage', 'bugs'].filter((field) => !(field in manifest(folder)));
  if (unset.length === 0) continue;
  const problem = `${folder}/package.json has no ${unset.join(', ')}: set the address where the project is published.`;
  if (!isDry) throw new Error(problem);
  console.warn(`A release would be refused: ${problem}`);
}

if (isDry) {
  // It fails on a branch that has changes and no changeset: it prints so, and the packages are still made.
  spawnSync('npx', ['--no-install', 'changeset', 'status'], { cwd: root, stdio: 'inherit' });
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
run('npm', 'run', '--silent', 'build', '--workspace', 'libs/eslint-plugin-nest-larder');
if (!isDry) {
  run('git', 'commit', '--all', '--message', `Release ${versionNow()}`);
  run('git', 'tag', `v${versionNow()}`);
}
for (const folder of PACKAGES) {
  const { name, version } = manifest(folder);
  if (!isDry && isPublished(name, version)) console.log(`${name} ${version} is published already.`);
  else publish(folder);
}

function publish(folder) {
  const given = ['--workspace', folder, '--ignore-scripts', '--access', 'public'];
  run('npm', 'publish', ...given, ...(isDry ? ['--dry-run'] : []));
}

/** Of two packages, a release may change one; and a release that failed halfway is run again. */
function isPublished(name, version) {
  try {
    return read('npm', 'view', `${name}@${version}`, 'version') === version;
  } catch (error) {
    if (/E404/.test(error.stderr)) return false;
    throw error;
  }
}

/** The version is also a part of the symbols that copies of one release share. */
function noteVersion(version) {
  const file = join(root, library, 'src/base/package/copies.ts');
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(/'nest-larder@[^']*'/, `'nest-larder@${version}'`));
}
