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
  [Cacheable, undefined, 'invalid key of Service.load: got nothing, expected a function'],
  [Cacheable, {}, 'invalid key of Service.load: got nothing, expected a function'],
  [Cacheable, { key: ['x'] }, 'invalid key of Service.load: got a list, expected a function'],
  [
    Cacheable,
    { key: () => ['x'], tags: 'x' },
    'invalid tags of Service.load: got a string, expected a list or a function',
  ],
  [Cacheable, { key: () => ['x'], when: true }, 'invalid when of Service.load: got a boolean, expected a function'],
  [Cacheable, { key: () => ['x'], prefetch: [] }, 'invalid prefetch of Service.load: got a list, expected a function'],
  [Cacheable, { key: () => ['x'], ttl: '' }, "invalid ttl of Service.load: got ''"],
  [CacheableBatch, {}, 'invalid key of Service.load: got nothing, expected a function'],
  [CacheableBatch, { key: () => ['x'], scope: 'no name' }, "invalid scope of Service.load: got 'no name'"],
  [CacheWriteThrough, { key: null }, 'invalid key of Service.load: got an object, expected a function'],
  [CacheWriteThrough, { key: () => ['x'], targets: 1 }, 'invalid targets of Service.load: got a number'],
  [CacheInvalidate, {}, 'invalid targets of Service.load: got nothing, expected a list or a function'],
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
