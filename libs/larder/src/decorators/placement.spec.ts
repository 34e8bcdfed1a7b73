import { describe, expect, it } from '@jest/globals';
import {
  Cacheable,
  CacheableBatch,
  CacheInvalidate,
  CacheWriteThrough,
  FlagGate,
  Job,
  LarderDecoratorError,
  LarderOptionsError,
} from '../index.js';

const DECORATORS: readonly (readonly [name: string, decorate: (...place: never[]) => unknown])[] = [
  ['Cacheable', Cacheable({ key: () => ['x'] })],
  ['CacheableBatch', CacheableBatch({ key: (id: string) => ['x', id] })],
  ['CacheInvalidate', CacheInvalidate({ targets: [['x']] })],
  ['CacheWriteThrough', CacheWriteThrough({ key: () => ['x'] })],
  ['FlagGate', FlagGate('LARDER_JOBS') as (...place: never[]) => unknown],
  ['Job', Job({ name: 'x', every: '1s' })],
];

describe.each(DECORATORS)('@%s', (name, decorate) => {
  it('rejects a property that holds a function, when the class is defined', () => {
    const define = () => {
      class Service {
        @(decorate as PropertyDecorator)
        load = async () => 1;
      }
      return Service;
    };
    expect(define).toThrow(LarderDecoratorError);
    expect(define).toThrow(`Invalid place of @${name}: Service.load is a property, expected a method of an instance.`);
  });

  it('rejects an accessor and a static method', () => {
    const accessor = () => {
      class Service {
        @(decorate as MethodDecorator)
        get load() {
          return 1;
        }
      }
      return Service;
    };
    const fixed = () => {
      class Service {
        @(decorate as MethodDecorator)
        static async load() {
          return 1;
        }
      }
      return Service;
    };
    expect(accessor).toThrow(`Invalid place of @${name}: Service.load is an accessor`);
    expect(fixed).toThrow(`Invalid place of @${name}: Service.load is a static member`);
  });
});

const OPTIONS: readonly (readonly [decorate: (options: never) => unknown, options: unknown, problem: string])[] = [
  [Cacheable, undefined, 'key of Service.load is missing; it takes a function'],
  [Cacheable, {}, 'key of Service.load is missing; it takes a function'],
  [Cacheable, { key: ['x'] }, 'key of Service.load is a list; it takes a function'],
  [Cacheable, { key: () => ['x'], tags: 'x' }, 'tags of Service.load is a string; it takes a list or a function'],
  [Cacheable, { key: () => ['x'], when: true }, 'when of Service.load is a boolean; it takes a function'],
  [Cacheable, { key: () => ['x'], prefetch: [] }, 'prefetch of Service.load is a list; it takes a function'],
  [Cacheable, { key: () => ['x'], ttl: '' }, "ttl of Service.load is ''"],
  [CacheableBatch, {}, 'key of Service.load is missing; it takes a function'],
  [CacheableBatch, { key: () => ['x'], scope: 'no name' }, "scope of Service.load is 'no name'"],
  [CacheWriteThrough, { key: null }, 'key of Service.load is an object; it takes a function'],
  [CacheWriteThrough, { key: () => ['x'], targets: 1 }, 'targets of Service.load is a number'],
  [CacheInvalidate, {}, 'targets of Service.load is missing; it takes a list or a function'],
];

it.each(OPTIONS)('%p rejects %j when the class is defined', (decorate, options, problem) => {
  const define = () => {
    class Service {
      @(decorate(options as never) as MethodDecorator)
      async load() {
        return 1;
      }
    }
    return Service;
  };
  expect(define).toThrow(LarderOptionsError);
  expect(define).toThrow(problem);
});
