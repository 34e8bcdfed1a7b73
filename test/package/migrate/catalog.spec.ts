import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MigratedApplication } from '../../support/migrate/application.js';

const TIME = 120_000;
let catalog: MigratedApplication;

beforeAll(async () => {
  catalog = await MigratedApplication.copy('catalog');
}, TIME);

afterAll(() => catalog.remove());

describe('nest-larder migrate, in services that use wrap, get, set and del', () => {
  it(
    'demands a clean tree before it writes, and keeps the tests green',
    async () => {
      expect(await catalog.test()).toMatchObject({ code: 0, output: expect.stringContaining('# pass 6') });
      const file = join(catalog.folder, 'note.txt');
      await writeFile(file, 'not committed');
      expect(await catalog.migrate('--write')).toEqual({
        code: 1,
        output: expect.stringContaining('There are uncommitted changes. Commit or stash them, or pass --force.'),
      });
      const { code, output } = await catalog.migrate('--write', '--force');
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('3 files, 4 methods decorated, 5 left'),
      });
      expect(output).toMatch(/rates\.service\.ts:\d+ {2}RatesService\.rate: code runs before the cache is read/);
      expect(output).toMatch(/RatesService\.regional: its key uses this/);
      expect(output).toMatch(/RatesService\.table: its result may be changed at rates\.service\.ts:34/);
      expect(output).toMatch(/RatesService\.pin: it does more with the cache/);
      expect(await catalog.test()).toMatchObject({ code: 0, output: expect.stringContaining('# pass 6') });
      const service = await catalog.read('src/catalog.service.ts');
      expect(service).toContain("@Cacheable({ key: (isbn: string) => ['book', isbn], ttl: 5 * MINUTE })");
      expect(service).toContain(
        "@CacheInvalidate({ targets: (_book: Book, saved: Book) => [['book', saved.isbn], ['books']] })",
      );
      expect(service).not.toMatch(/cache\.|Inject\b/);
    },
    TIME,
  );
});
