import { describe, expect, it } from '@jest/globals';
import { MigratedApplication } from '../../support/migrate/application.js';
import { MODULE, service, wrap } from '../../support/migrate/sources.js';

const TIME = 120_000;

interface Printed {
  readonly rewritten: readonly unknown[];
  readonly remarks: readonly { readonly text: string }[];
}

describe('nest-larder migrate', () => {
  it.each<[string, Record<string, string>, RegExp[]]>([
    [
      'a cache that a test provides, and clear',
      {
        'test/a.test.ts':
          "import { CACHE_MANAGER } from '@nestjs/cache-manager';\nexport const mock = { provide: CACHE_MANAGER, useValue: {} };\n",
        'src/c.ts': service('Clearing', '  async all(): Promise<void> {\n    await this.cache.clear();\n  }'),
      },
      [/another cache is provided in its place/, /Clearing\.all/],
    ],
    [
      'two modules',
      { 'src/b.module.ts': MODULE.replace('AppModule', 'BModule') },
      [/2 registrations of CacheModule keep their keys apart/],
    ],
  ])(
    'decorates nothing next to %s',
    async (_name, files, reasons) => {
      const members = wrap('id: string): Promise<Row>', '`c01:${id}`');
      const other = await MigratedApplication.copy(undefined, {
        ...files,
        'src/C01.ts': service('C01', members),
        'src/app.module.ts': MODULE,
      });
      try {
        const { rewritten, remarks }: Printed = JSON.parse((await other.migrate('--json')).output);
        expect(rewritten).toEqual([]);
        const texts = remarks.map(({ text }) => text);
        for (const reason of reasons) expect(texts).toContainEqual(expect.stringMatching(reason));
      } finally {
        await other.remove();
      }
    },
    TIME,
  );

  it(
    'names what is missing or invalid, and writes nothing',
    async () => {
      const empty = await MigratedApplication.copy(undefined, { 'src/app.module.ts': MODULE });
      try {
        expect(await empty.migrate('--project', 'nowhere.json')).toEqual({
          code: 1,
          output: expect.stringMatching(/^There is no nowhere\.json in this folder\. Name it/),
        });
        expect(await empty.migrate('--write', '--dry-run')).toEqual({
          code: 2,
          output: expect.stringContaining('exclude each other'),
        });
        expect(await empty.migrate('--help')).toEqual({ code: 0, output: expect.stringContaining('--write') });
        expect(await empty.read('src/app.module.ts')).toBe(MODULE);
      } finally {
        await empty.remove();
      }
    },
    TIME,
  );
});
