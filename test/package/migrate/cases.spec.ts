import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MigratedApplication } from '../../support/migrate/application.js';
import { MODULE, service, wrap } from '../../support/migrate/sources.js';

const TIME = 120_000;

interface Case {
  readonly members: string;
  /** The decorator, or the reason why the method stays. */
  readonly expected: string | RegExp;
  /** Further files. */
  readonly more?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'wrap with an expression': {
    members: wrap('id: string): Promise<Row>', '`c01:${id}`'),
    expected: "@Cacheable({ key: (id: string) => ['c01', id], ttl: 60_000 })",
  },
  'wrap with a TTL in its options': {
    members: wrap('id: string): Promise<Row>', '`c02:${id}`', undefined, ', { ttl: 500 }'),
    expected: "@Cacheable({ key: (id: string) => ['c02', id], ttl: '500ms' })",
  },
  'wrap with the TTL of the module': {
    members: wrap('id: string): Promise<Row>', '`c03:${id}`', undefined, ''),
    expected: "@Cacheable({ key: (id: string) => ['c03', id], ttl: 5_000 })",
  },
  'wrap that refreshes early': {
    members: wrap('id: string): Promise<Row>', '`c04:${id}`', undefined, ', 60_000, 10_000'),
    expected: /it refreshes early/,
  },
  'a TTL that a parameter gives': {
    members: wrap('id: string, ttl: number): Promise<Row>', '`c05:${id}`', undefined, ', ttl'),
    expected: /its TTL is known at runtime only/,
  },
  'a parameter with a default': {
    members: wrap('page = 1): Promise<Row>', '`c06:${page}`'),
    expected: "@Cacheable({ key: (page = 1) => ['c06', page], ttl: 60_000 })",
  },
  'a parameter that the method changes': {
    members:
      '  async read(id: string): Promise<Row> {\n    id = id.trim();\n    return this.cache.wrap(`c07:${id}`, async () => JSON.parse(id) as Row, 60_000);\n  }',
    expected: /code runs before the cache is read/,
  },
  'a stored null': {
    members: wrap('id: string): Promise<Row | null>', '`c08:${id}`', 'JSON.parse(key) as Row | null'),
    expected: "@Cacheable({ key: (id: string) => ['c08', id], ttl: 60_000, cacheNull: true })",
  },
  'instances of a class': {
    members: wrap('id: string): Promise<Money>', '`c09:${id}`', 'new Money(1)'),
    expected: /it returns instances of Money/,
  },
  'a list that the service keeps': {
    members: wrap('id: string): Promise<Row[]>', '`c10:${id}`', 'this.rows'),
    expected: /the value may be kept elsewhere/,
  },
  'rows of a list that the service keeps': {
    members: wrap('id: string): Promise<Row[]>', '`c11:${id}`', 'this.rows.filter((row) => row.id === id)'),
    expected: /the value may be kept elsewhere/,
  },
  'copies of rows that the service keeps': {
    members: wrap('id: string): Promise<Row[]>', '`c12:${id}`', 'this.rows.map((row) => ({ ...row }))'),
    expected: "@Cacheable({ key: (id: string) => ['c12', id], ttl: 60_000 })",
  },
  'a number that is checked as a truth value': {
    members: `  async read(id: string): Promise<number> {
    const stored = await this.cache.get<number>(\`c13:\${id}\`);
    if (stored) return stored;
    const value = id.length;
    await this.cache.set(\`c13:\${id}\`, value, 60_000);
    return value;
  }`,
    expected: /a stored 0, '' or false is loaded again/,
  },
  'a number that is compared with undefined': {
    members: `  async read(id: string): Promise<number> {
    const stored = await this.cache.get<number>(\`c14:\${id}\`);
    if (stored !== undefined) return stored;
    const value = id.length;
    await this.cache.set(\`c14:\${id}\`, value, 60_000);
    return value;
  }`,
    expected: "@Cacheable({ key: (id: string) => ['c14', id], ttl: 60_000 })",
  },
  'a value that is returned without being stored': {
    members: `  async read(id: string): Promise<Row> {
    const stored = await this.cache.get<Row>(\`c15:\${id}\`);
    if (stored) return stored;
    if (id === '') return { id, price: 0 };
    const value = JSON.parse(id) as Row;
    await this.cache.set(\`c15:\${id}\`, value, 60_000);
    return value;
  }`,
    expected: /it returns some values without storing them/,
  },
  'another key in set': {
    members: `  async read(id: string): Promise<Row> {
    const stored = await this.cache.get<Row>(\`c16:\${id}\`);
    if (stored) return stored;
    const value = JSON.parse(id) as Row;
    await this.cache.set(\`c16:\${id.trim()}\`, value, 60_000);
    return value;
  }`,
    expected: /it stores under another key than it reads/,
  },
  'a key that other code reads': {
    members: `${wrap('id: string): Promise<Row>', '`c17:${id}`')}

  async peek(id: string): Promise<Row | undefined> {
    return this.cache.get<Row>(\`c17:\${id}\`);
  }`,
    expected: /its key c17:\$\{…\} may also be used at C17\.ts:\d+, which stays/,
  },
  'keys below each other': {
    members: `${wrap('id: string): Promise<Row>', '`c18:${id}`')}

  async more(id: string): Promise<Row> {
    return this.cache.wrap(\`c18:\${id}:more\`, async () => JSON.parse(id) as Row, 60_000);
  }`,
    // As parts, an invalidation of the first would reach the second.
    expected: '@Cacheable({ key: (id: string) => [`c18:${id}`], ttl: 60_000 })',
  },
  'a part of a key that is no text': {
    members: wrap('isOpen: boolean): Promise<Row>', '`c19:${isOpen}`'),
    expected: '@Cacheable({ key: (isOpen: boolean) => [`c19:${isOpen}`], ttl: 60_000 })',
  },
  'a member of a parameter': {
    members: wrap('query: { page: number }): Promise<Row>', '`c20:${query.page}`'),
    expected: "@Cacheable({ key: (query: { page: number }) => ['c20', query.page], ttl: 60_000 })",
  },
  'a method with type parameters': {
    members:
      '  async read<T>(id: string): Promise<T> {\n    return this.cache.wrap(`c21:${id}`, async () => JSON.parse(id) as T, 60_000);\n  }',
    expected: /it has type parameters/,
  },
  'a result without a type': {
    members:
      '  async read(id: string) {\n    return this.cache.wrap(`c22:${id}`, async () => JSON.parse(id), 60_000);\n  }',
    expected: /it returns any/,
  },
  'a class that other code makes': {
    members: wrap('id: string): Promise<Row>', '`c23:${id}`'),
    more: "import { C23 } from './C23.js';\nexport const made = new C23({} as never);\n",
    expected: /its class is made by new at C23-more\.ts:2/,
  },
  'del after a write': {
    members:
      '  async write(id: string): Promise<void> {\n    await this.own();\n    await Promise.all([this.cache.del(`c24:${id}`), this.cache.del(`c24-list`)]);\n  }',
    expected: "@CacheInvalidate({ targets: (id: string) => [['c24', id], ['c24-list']] })",
  },
  'del under a condition': {
    members:
      '  async write(id: string): Promise<void> {\n    if (this.own() > 1) await this.cache.del(`c25:${id}`);\n  }',
    expected: /it does not delete the key as its last step each time/,
  },
  'del before the write': {
    members:
      '  async write(id: string): Promise<number> {\n    await this.cache.del(`c26:${id}`);\n    return this.own();\n  }',
    expected: /it waits after it has deleted the key/,
  },
  'a return before del': {
    members:
      "  async write(id: string): Promise<void> {\n    if (id === '') return;\n    await this.cache.del(`c27:${id}`);\n  }",
    expected: /it can return without deleting the key/,
  },
  'a key that the method computes': {
    members:
      '  async write(id: string): Promise<void> {\n    const name = await Promise.resolve(id);\n    await this.cache.del(`c28:${name}`);\n  }',
    expected: /its key uses name, which the method computes/,
  },
};

const nameOf = (index: number) => `C${String(index + 1).padStart(2, '0')}`;

interface Printed {
  readonly rewritten: readonly { readonly file: string; readonly method: string }[];
  readonly remarks: readonly { readonly file: string; readonly text: string; readonly remedy: string }[];
  readonly diff: string;
}

describe('nest-larder migrate', () => {
  let application: MigratedApplication;
  let printed: Printed;

  beforeAll(async () => {
    const files = Object.values(CASES).flatMap(({ members, more }, index) => {
      const name = nameOf(index);
      return [
        [`src/${name}.ts`, service(name, members)],
        ...(more === undefined ? [] : [[`src/${name}-more.ts`, more]]),
      ];
    });
    application = await MigratedApplication.copy(undefined, {
      ...Object.fromEntries(files),
      'src/app.module.ts': MODULE,
    });
    const { code, output } = await application.migrate('--json');
    expect({ code, output: output.slice(0, 1) }).toEqual({ code: 0, output: '{' });
    printed = JSON.parse(output);
  }, TIME);

  afterAll(() => application.remove());

  it.each(Object.entries(CASES).map(([name, { expected }], index) => [name, nameOf(index), expected] as const))(
    'proves, or leaves: %s',
    (_name, file, expected) => {
      const remarks = printed.remarks.filter((remark) => remark.file === `src/${file}.ts`);
      const [, diff = ''] = printed.diff.split(`+++ b/src/${file}.ts`);
      if (typeof expected === 'string') {
        expect(remarks).toEqual([]);
        expect(diff.split('\n--- ')[0]).toContain(`+  ${expected}`);
      } else {
        expect(remarks.map(({ text }) => text)).toContainEqual(expect.stringMatching(expected));
        expect(printed.rewritten.filter((one) => one.file === `src/${file}.ts`)).toEqual([]);
        // Its cache still works.
        expect(diff.split('\n--- ')[0]).toMatch(/\+import .*CACHE_MANAGER.* from 'nest-larder\/compat'/);
      }
    },
  );
});
