import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { RELEASE } from '../../libs/larder/src/base/package/copies.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const library = join(root, 'libs/larder');
/** A package with more files takes noticeably longer to install. */
const MAX_FILES = 100;

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

describe('the packed package', () => {
  let folder: string;
  let tarball: string;
  let paths: string[];
  let manifest: Manifest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-pack-'));
    const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await run('npm', ['pack', ...options], { cwd: library });
    const packed: unknown = JSON.parse(stdout);
    const [pack] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as {
      filename: string;
      files: { path: string }[];
    }[];
    tarball = join(folder, pack?.filename ?? '');
    paths = pack?.files.map(({ path }) => path) ?? [];
    manifest = JSON.parse(await readFile(join(library, 'package.json'), 'utf8'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('contains entry points, bin, README, changelog and licence, and no sources, tests or build notes', () => {
    expect(paths).toEqual(expect.arrayContaining(filesNamedIn(manifest)));
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE']));
    expect(paths.filter((path) => /\.spec\.|^src\/|^build\/|tsbuildinfo|made-of/.test(path))).toEqual([]);
    expect(paths.length).toBeLessThanOrEqual(MAX_FILES);
  });

  it('names its keywords, author, licence and engines', () => {
    for (const field of ['keywords', 'author', 'license', 'engines']) {
      expect(manifest).toHaveProperty(field);
    }
  });

  it('names the release of package.json in its symbols', () => {
    expect(RELEASE).toBe(`nest-larder@${manifest.version}`);
  });

  it('lists the module that both import and require load before every other condition', () => {
    const conditions = Object.values(manifest.exports).filter((target) => typeof target === 'object');
    for (const target of conditions) {
      expect(Object.keys(target as object)).toEqual(['module-sync', 'import', 'require']);
    }
  });

  it('has source maps that contain their sources', async () => {
    const maps = paths.filter((path) => path.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    for (const path of maps) {
      const { sources, sourcesContent } = JSON.parse(await readFile(join(library, path), 'utf8'));
      expect(
        sourcesContent?.filter((source: unknown) => typeof source === 'string' && source !== '') ?? [],
      ).toHaveLength(sources.length);
    }
  });

  it('keeps class names, which Nest and error messages print', async () => {
    for (const path of paths.filter((path) => /\.c?js$/.test(path))) {
      const code = await readFile(join(library, path), 'utf8');
      expect(code).not.toMatch(/\bclass \w+\$\d/);
      expect(code).not.toMatch(/\blet (\w+) = (?:\1_\d+ = )?class (?!\1\b)/);
    }
  });

  it('has types without side-effect imports, which would fail for an absent package', async () => {
    for (const path of paths.filter((path) => /\.d\.c?ts$/.test(path))) {
      expect(await readFile(join(library, path), 'utf8')).not.toMatch(/^import '[^.]/m);
    }
  });

  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: library, pack: 'npm', strict: true });
    expect(messages.map((message) => formatMessage(message, pkg as Record<string, unknown>))).toEqual([]);
  });

  it('has the right types for import, for require and for old resolution (attw)', async () => {
    const { stdout } = await run(process.execPath, [
      join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'),
      tarball,
      '--format',
      'json',
    ]);
    const { analysis, problems } = JSON.parse(stdout);
    expect(Object.keys(analysis.entrypoints)).toHaveLength(Object.keys(manifest.exports).length);
    expect(problems).toEqual({});
  });
});

/** Every file that a field of the manifest names. */
function filesNamedIn(value: unknown): string[] {
  if (typeof value === 'string') return /^(\.\/)?(dist|bin)\//.test(value) ? [value.replace('./', '')] : [];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inside]) => (name === 'files' ? [] : filesNamedIn(inside)))
    : [];
}
