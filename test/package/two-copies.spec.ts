import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/**
 * An application that imports its module by `import`, with a library that takes the file for `require`: in Jest, or bundled.
 * Prints its results.
 */
const PROGRAM = `
  import 'reflect-metadata';
  import { createRequire } from 'node:module';
  import { Inject, Injectable, Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import * as own from 'nest-larder';
  const other = createRequire(import.meta.url)('./libs/larder/dist/index.cjs');

  class Items {
    calls = 0;
    constructor(cache) { this.cache = cache; }
    async one(id) { this.calls += 1; return { id }; }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Items.prototype, 'one');
  Reflect.defineMetadata('design:paramtypes', [String], Items.prototype, 'one');
  const options = { key: (id) => ['items', id], tags: () => [other.tag('all')], ttl: '1m' };
  Object.defineProperty(Items.prototype, 'one', other.Cacheable(options)(Items.prototype, 'one', descriptor) ?? descriptor);
  Injectable()(Items);
  Inject(other.Cache)(Items, undefined, 0);
  class Application {}
  Module({ imports: [own.LarderModule.forRoot()], providers: [Items] })(Application);

  const app = await NestFactory.createApplicationContext(Application, { logger: false });
  const items = app.get(Items);
  await items.one('7');
  await items.one('7');
  const callsBefore = items.calls;
  await app.get(own.Cache).invalidate(other.tag('all'));
  await items.one('7');
  const error = await app.get(own.Cache).get([() => {}]).catch((caught) => caught);
  console.log(JSON.stringify({
    isOneCopy: own.Cache === other.Cache,
    callsBefore,
    callsAfter: items.calls,
    hasTheCache: items.cache === app.get(own.Cache),
    errors: [error instanceof other.LarderKeyError, error instanceof other.LarderError, error instanceof other.LarderRedisError],
  }));
  await app.close();
`;

describe('two copies of the package in one process', () => {
  let found: Record<string, unknown>;

  beforeAll(async () => {
    const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', PROGRAM], {
      cwd: root,
    });
    found = JSON.parse(stdout);
  });

  it('have different classes', () => {
    expect(found).toMatchObject({ isOneCopy: false });
  });

  it('share the cache: decorators of one work in an application with the module of the other', () => {
    expect(found).toMatchObject({ callsBefore: 1, callsAfter: 2 });
  });

  it('inject the cache by the class of either copy', () => {
    expect(found).toMatchObject({ hasTheCache: true });
  });

  it("recognise each other's errors by instanceof", () => {
    expect(found).toMatchObject({ errors: [true, true, false] });
  });
});
