import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import ts from 'typescript';
import { parser } from 'typescript-eslint';
import { recommended, rules } from './index.js';

type Rule = 'key-uses-parameters' | 'no-mutation' | 'scope-behind-guard';

/** The messages of one rule for a piece of TypeScript. */
function messagesOf(rule: Rule, code: string, options: readonly unknown[] = [], programs?: readonly ts.Program[]) {
  const linter = new Linter({ configType: 'flat' });
  const config = {
    files: ['**/*.ts'],
    languageOptions: { parser, parserOptions: programs && { programs } },
    plugins: { 'nest-larder': { rules } },
    rules: { [`nest-larder/${rule}`]: ['error', ...options] },
  } as unknown as Linter.Config;
  return linter.verify(code, config, programs === undefined ? 'file.ts' : FIXTURE).map(({ message }) => message);
}

const FIXTURE = join(import.meta.dirname, 'typed.fixture.ts');

const method = (decorators: string, signature = 'one(id: string)') =>
  `class Tournaments { ${decorators} async ${signature} { return load(id); } }`;

describe('scope-behind-guard', () => {
  it.each([
    ['a guard on the method', method("@UseGuards(SignedIn) @Cacheable({ key: (id) => ['t', id] })")],
    ['a guard on the class', `@UseGuards(SignedIn) ${method("@Cacheable({ key: (id) => ['t', id] })")}`],
    ['a batch', method('@UseGuards(SignedIn) @CacheableBatch({ key: one })')],
    ['a write-through', method('@UseGuards(SignedIn) @CacheWriteThrough({ key: one })')],
    ['a decorator of a namespace', method('@UseGuards(SignedIn) @larder.Cacheable({ key: one })')],
  ])('reports %s without scope', (_name, code) => {
    expect(messagesOf('scope-behind-guard', code)).toEqual([expect.stringContaining('one is behind a guard')]);
  });

  it.each([
    ['without a guard', method('@Cacheable({ key: one })')],
    ['with a scope', method("@UseGuards(SignedIn) @Cacheable({ key: one, scope: 'user' })")],
    ['with a quoted scope', method("@UseGuards(SignedIn) @Cacheable({ key: one, 'scope': 'shared' })")],
    ['with options from elsewhere', method('@UseGuards(SignedIn) @Cacheable({ ...options, key: one })')],
    ['with options in a variable', method('@UseGuards(SignedIn) @Cacheable(options)')],
    ['that is not cached', method('@UseGuards(SignedIn)')],
    ['that only invalidates', method('@UseGuards(SignedIn) @CacheInvalidate({ targets: one })')],
    ['of another class than the guarded one', `@UseGuards(A) class B {} ${method('@Cacheable({ key: one })')}`],
  ])('accepts a method %s', (_name, code) => {
    expect(messagesOf('scope-behind-guard', code)).toEqual([]);
  });

  it('knows guards by the names in its options, and handlers behind a global guard', () => {
    const own = method('@Auth() @Cacheable({ key: one })');
    expect(messagesOf('scope-behind-guard', own, [{ guards: ['Auth'] }])).toHaveLength(1);
    const handler = method('@Get() @Cacheable({ key: one })');
    expect(messagesOf('scope-behind-guard', handler, [{ global: true }])).toHaveLength(1);
    expect(messagesOf('scope-behind-guard', `@Public() ${handler}`, [{ global: true }])).toEqual([]);
    expect(messagesOf('scope-behind-guard', method('@Cacheable({ key: one })'), [{ global: true }])).toEqual([]);
  });
});

describe('key-uses-parameters', () => {
  it.each([
    [
      'a missing parameter',
      "@Cacheable({ key: (id) => ['t', id] })",
      'one(id: string, language: string)',
      ['language'],
    ],
    [
      'all parameters of a key without any',
      "@Cacheable({ key: () => ['t'] })",
      'one(id: string, page = 1)',
      ['id', 'page'],
    ],
    [
      'a parameter that the key takes and does not read',
      "@Cacheable({ key: (id, page) => ['t', id] })",
      'one(id: string, page: number)',
      ['page'],
    ],
    ['a pattern', "@Cacheable({ key: (id) => ['t', id] })", 'one(id: string, { page }: Query)', ['number 2']],
    [
      'what a function expression ignores',
      "@Cacheable({ key: function (id) { return ['t', this.name]; } })",
      'one(id: string)',
      ['id'],
    ],
  ])('reports %s', (_name, decorators, signature, parameters) => {
    expect(messagesOf('key-uses-parameters', method(decorators, signature))).toEqual(
      parameters.map((name) => expect.stringContaining(`The key of one ignores its parameter ${name}:`)),
    );
  });

  it.each([
    [
      'that uses all parameters',
      "@Cacheable({ key: (id, page) => ['t', { id, page }] })",
      'one(id: string, page: number)',
    ],
    ['that uses a pattern', "@Cacheable({ key: (id, { page }) => ['t', id, page] })", 'one(id: string, query: Query)'],
    ['with a rest parameter', "@Cacheable({ key: (...all) => ['t', ...all] })", 'one(id: string, page: number)'],
    ['that reads arguments', "@Cacheable({ key: function () { return ['t', ...arguments]; } })", 'one(id: string)'],
    ['from elsewhere', '@Cacheable({ key: keys.one })', 'one(id: string, page: number)'],
    [
      'of a method whose parameter has no effect',
      "@Cacheable({ key: (id) => ['t', id] })",
      'one(id: string, _trace: string)',
    ],
    ['of a method with a signal', "@Cacheable({ key: (id) => ['t', id] })", 'one(id: string, signal?: AbortSignal)'],
    [
      'of a batch, which has a key for each id',
      "@CacheableBatch({ key: (id) => ['t', id] })",
      'many(ids: string[], page: number)',
    ],
  ])('accepts a key %s', (_name, decorators, signature) => {
    expect(messagesOf('key-uses-parameters', method(decorators, signature))).toEqual([]);
  });

  it('ignores the parameters that its options name', () => {
    const code = method("@Cacheable({ key: (id) => ['t', id] })", 'one(id: string, trace: string)');
    expect(messagesOf('key-uses-parameters', code, [{ ignore: ['trace'] }])).toEqual([]);
  });
});

const within = (body: string) => `
  class Tournaments {
    @Cacheable({ key: (id) => ['t', id] }) async one(id: string) { return load(id); }
    async plain(id: string) { return load(id); }
    async work(cache: Cache) { ${body} }
  }`;

describe('no-mutation', () => {
  it.each([
    ['an assignment', "const one = await this.one('1'); one.name = 'x';"],
    ['an assignment further inside', "const one = await this.one('1'); one.venue!.name = 'x';"],
    ['a compound assignment', "const one = await this.one('1'); one.views += 1;"],
    ['an update', "const one = await this.one('1'); one.views++;"],
    ['a deletion', "const one = await this.one('1'); delete one.name;"],
    ['a changing method', "const one = await this.one('1'); one.players.push('x');"],
    ['sorting in place', 'const list = await cache.getOrLoad([1], load); return list.sort();'],
    ['Object.assign', "const one = await this.cache.get(['t']); Object.assign(one, { name: 'x' });"],
    ['a change of a member that was taken out', "const { players } = await this.one('1'); players.push('x');"],
    ['a change by another name', "const one = await this.one('1'); const other = one.venue; other.name = 'x';"],
    ['a change of an element', 'const list = await cache.getMany(keys, load); for (const one of list) one.name = 1;'],
    ['a change at once', "(await this.one('1')).name = 'x';"],
  ])('reports %s', (_name, body) => {
    expect(messagesOf('no-mutation', within(body))).toEqual([expect.stringContaining('is a cached object')]);
  });

  it.each([
    ['a copy', "const one = { ...(await this.one('1')) }; one.name = 'x';"],
    ['a clone', "const one = structuredClone(await this.one('1')); one.name = 'x';"],
    ['what a method that is not cached returns', "const one = await this.plain('1'); one.name = 'x';"],
    ['a sorted copy', 'const list = await cache.getOrLoad([1], load); return list.toSorted();'],
    ['a variable that got another value', "let one = await this.one('1'); one = { ...one }; one.name = 'x';"],
    ['the rest of a pattern', "const { id, ...rest } = await this.one('1'); rest.name = 'x';"],
    ['the promise', "const promise = this.one('1'); promise.label = 'x';"],
    ['a Map by another name', 'const rows = map.get(1); rows.push(1);'],
    ['an own member', "this.last = await this.one('1');"],
  ])('accepts a change of %s', (_name, body) => {
    expect(messagesOf('no-mutation', within(body))).toEqual([]);
  });

  it('knows cached methods of other classes, and what a cache is, by their types', () => {
    const code = `
      import { Cacheable } from 'nest-larder';
      declare class Map<K, V> { get(key: K): Promise<V>; }
      declare class Cache { get(key: string[]): Promise<{ name: string }>; }
      class Venues {
        @Cacheable({ key: (id) => ['v', id] }) async one(id: string) { return { name: id }; }
        async plain(id: string) { return { name: id }; }
      }
      async function work(venues: Venues, store: Cache, cache: Map<string, { name: string }>) {
        const cached = await venues.one('1');
        cached.name = 'reported';
        const plain = await venues.plain('1');
        plain.name = 'accepted';
        const stored = await store.get(['1']);
        stored.name = 'reported';
        const known = await cache.get('1');
        known!.name = 'accepted';
      }`;
    const messages = messagesOf('no-mutation', code, [], [programOf(code)]);
    expect(messages.map((message) => message.split(' ')[0])).toEqual(['cached', 'stored']);
  });
});

/** A program with one file, and no library: this takes milliseconds. */
function programOf(code: string): ts.Program {
  const source = ts.createSourceFile(FIXTURE, code, ts.ScriptTarget.ESNext, true);
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost({}),
    getSourceFile: (name) => (name === FIXTURE ? source : undefined),
    fileExists: (name) => name === FIXTURE,
  };
  return ts.createProgram([FIXTURE], { noLib: true, noResolve: true, experimentalDecorators: true }, host);
}

describe('the plugin', () => {
  it('has every rule in its recommended configuration, which ESLint accepts', async () => {
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [{ ...recommended, languageOptions: { parser } } as unknown as Linter.Config],
    });
    const [result] = await eslint.lintText(method('@UseGuards(A) @Cacheable({ key: () => [] })'), { filePath: 'a.ts' });
    expect(result?.messages.map(({ ruleId }) => ruleId).sort()).toEqual([
      'nest-larder/key-uses-parameters',
      'nest-larder/scope-behind-guard',
    ]);
    expect(Object.keys(recommended.rules)).toEqual(Object.keys(rules).map((name) => `nest-larder/${name}`));
  });

  it.each(Object.keys(rules))('documents %s in its README', async (name) => {
    const text = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    expect([text.includes(`| \`nest-larder/${name}\` |`), text.includes(`## ${name}\n`)]).toEqual([true, true]);
  });
});
