import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { arenaVariables, readOptions } from '../../apps/arena/src/arena-options.js';
import { OPTION_GROUPS, VARIABLES } from '../../libs/larder/src/config/option-tables.js';
import { toSettings } from '../../libs/larder/src/config/settings.js';
import { GENERATED_FILES } from '../support/options/generated-files.js';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFile(join(root, path), 'utf8');
const options = [...OPTION_GROUPS.map((group) => group.options), VARIABLES].flatMap((group) => Object.values(group));

/** The variables of `.env.example` with their `#` removed. */
async function uncommented(): Promise<Record<string, string>> {
  const lines = (await textOf('.env.example')).split('\n');
  const variables = lines.flatMap((line) => {
    const [, name, value] = /^#([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? ''] as const];
  });
  return Object.fromEntries(variables);
}

// An environment variable, so that `npm run options` can reuse this spec.
beforeAll(async () => {
  if (!process.env.LARDER_TEST_WRITE_OPTIONS) return;
  for (const { path, make } of GENERATED_FILES) await writeFile(join(root, path), make(await textOf(path)));
});

describe('the pages and files made from the tables of options', () => {
  it.each(GENERATED_FILES)('$path is what `npm run options` writes', async ({ path, make }) => {
    const text = await textOf(path);
    expect(text).toBe(make(text));
  });

  it('.env.example changes nothing when it is copied', async () => {
    const lines = (await textOf('.env.example')).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('.env.example shows every variable once, with its default', async () => {
    const env = await uncommented();
    const known = [...arenaVariables().map(({ name }) => name), ...options.flatMap(({ env: name }) => name ?? [])];
    expect(Object.keys(env).sort()).toEqual([...new Set(known)].sort());
    const defaults = options.flatMap(({ env: name, fallback }) => (fallback === undefined ? [] : (name ?? [])));
    const shown = Object.fromEntries(defaults.map((name) => [name, env[name]]));
    expect(plain(toSettings({}, shown))).toEqual(plain(toSettings({})));
  });

  it('.env.example shows values that Larder and arena accept', async () => {
    const env = await uncommented();
    expect(() => toSettings({}, env)).not.toThrow();
    const read = await readOptions(env);
    expect(read).toMatchObject({ port: 3000, proxies: 0 });
  });

  it.each(['PORT', 'DATABASE_URL', 'ARENA_'])(
    'the page of arena names its variables that begin with %s',
    async (start) => {
      const page = await textOf('apps/arena/README.md');
      const names = arenaVariables().flatMap(({ name }) => (name.startsWith(start) ? [name] : []));
      expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    },
  );
});

/** Settings without the objects created for each of them. */
function plain(settings: object): unknown {
  return JSON.parse(JSON.stringify(settings, (_, value) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value)));
}
