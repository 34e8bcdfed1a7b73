import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { LarderValueError } from '../../base/errors.js';
import { copyOf } from './copy.js';
import { makeStorable } from './storable.js';

function circularError(): Error {
  const error = new Error('x');
  error.cause = error;
  return error;
}

describe('makeStorable', () => {
  it('freezes a value deeply and in place', () => {
    const value = { list: [{ name: 'a' }], when: new Date(0), map: new Map([['k', { n: 1 }]]), set: new Set([1]) };
    makeStorable(value);
    const { list, when, map, set } = value;
    expect(() => list.push({ name: 'b' })).toThrow(TypeError);
    expect(() => Object.assign(list[0] as object, { name: 'b' })).toThrow(TypeError);
    expect(() => when.setFullYear(2000)).toThrow('Cannot change a cached value');
    expect(() => map.set('x', { n: 2 })).toThrow('Cannot change a cached value');
    expect(() => Object.assign(map.get('k') as object, { n: 2 })).toThrow(TypeError);
    expect(() => set.clear()).toThrow('Cannot change a cached value');
    expect(when.getTime()).toBe(0);
    expect([...set]).toEqual([1]);
  });

  it('blocks every mutating method of a Date, a Map and a Set, and no other method', () => {
    const subjects = { date: new Date(5), map: new Map([['k', 1]]), set: new Set([1]) };
    makeStorable(subjects);
    const changing = /^(set.*|add|delete|clear)$/;
    for (const subject of Object.values<object>(subjects)) {
      const names = Object.getOwnPropertyNames(Object.getPrototypeOf(subject)).filter((name) => changing.test(name));
      expect(names.length).toBeGreaterThanOrEqual(3);
      for (const name of names)
        expect(() => Reflect.get(subject, name).call(subject)).toThrow('Cannot change a cached value');
    }
    expect(subjects).toStrictEqual({ date: new Date(5), map: new Map([['k', 1]]), set: new Set([1]) });
    expect(isDeepStrictEqual(subjects.date, new Date(5))).toBe(true);
    expect(makeStorable(subjects).unfreezable).toBe(false);
  });

  it('accepts a value that it froze before, and parts of it', () => {
    const shared = { map: new Map([['a', 1]]) };
    makeStorable(shared);
    expect(makeStorable({ one: shared, two: shared }).unfreezable).toBe(false);
  });

  class Entity {}
  const cycle: { items: unknown[] } = { items: [] };
  cycle.items.push({ owner: cycle });
  it.each<[string, unknown, string]>([
    ['a function', { items: [{ run: () => 1 }] }, 'value.items[0].run is a function'],
    ['a symbol', [Symbol('s')], 'value[0] is a symbol'],
    ['a class instance', { owner: new Entity() }, 'value.owner is an instance of Entity'],
    ['an instance of an error class', [new (class Odd extends TypeError {})('x')], 'value[0] is an instance of Odd'],
    [
      'an instance inside an error',
      { failed: new Error('x', { cause: [new Entity()] }) },
      'value.failed.cause[0] is an instance',
    ],
    ['an error that causes itself', circularError(), 'value.cause contains itself'],
    ['a promise', { later: Promise.resolve(1) }, 'value.later is an instance of Promise'],
    ['a subclass of a built-in', new (class Bag extends Map {})(), 'value is an instance of Bag'],
    ['a member named by a symbol', { [Symbol('s')]: 1 }, 'value has a member named by a symbol'],
    [
      'a member of an array',
      { match: /a(b)/.exec('ab') },
      'value.match is an array with a member that is not an element',
    ],
    ['a member of a sparse array', [Object.assign(Array(2), { total: 1 })], 'value[0] is an array with a member'],
    [
      'a member of a Date',
      { at: Object.assign(new Date(0), { zone: 'UTC' }) },
      'value.at has a member besides its contents',
    ],
    ['a member of a Map', Object.assign(new Map(), { total: 1 }), 'value has a member besides its contents'],
    ['a member of a Set', Object.assign(new Set(), { total: 1 }), 'value has a member besides its contents'],
    [
      'a getter',
      {
        rows: [
          {
            get now() {
              return 1;
            },
          },
        ],
      },
      'value.rows[0].now is an accessor',
    ],
    ['a setter', { set now(_: number) {} }, 'value.now is an accessor'],
    ['a cycle', cycle, 'value.items[0].owner contains itself'],
    ['an instance in a Map', new Map([['a', new Entity()]]), 'value.a is an instance of Entity'],
  ])('rejects %s with its path, and freezes nothing', (_, value, message) => {
    expect(() => makeStorable(value)).toThrow(LarderValueError);
    expect(() => makeStorable(value)).toThrow(message);
    if (typeof value === 'object') expect(Object.isFrozen(value)).toBe(false);
  });

  it('freezes an error with its members, the non-enumerable ones too', () => {
    const error = Object.assign(new TypeError('x', { cause: { code: 1 } }), { details: [1] });
    expect(makeStorable(error).bytes).toBeGreaterThan((error.stack as string).length);
    expect(() => Object.assign(error.cause as object, { code: 2 })).toThrow(TypeError);
    expect(() => error.details.push(2)).toThrow(TypeError);
    expect(() => Object.assign(error, { message: 'y' })).toThrow(TypeError);
  });

  it('does not mistake one object in several places for a cycle', () => {
    let value: unknown = { leaf: true };
    for (let level = 0; level < 40; level++) value = [value, value];
    expect(makeStorable(value).bytes).toBeLessThan(10_000);
  });

  it.each([2, 7, 8, 9, 30])('freezes each of %d objects, and finds a cycle among them', (count) => {
    const rows: { id: number; next?: object }[] = Array.from({ length: count }, (_, id) => ({ id }));
    const once = makeStorable(rows).bytes;
    expect(makeStorable([...rows, ...rows]).bytes - once).toBeLessThan(once);
    expect(rows.every(Object.isFrozen)).toBe(true);
    const last: { inside?: object } = {};
    const outer = { rows, last };
    last.inside = outer;
    expect(() => makeStorable(outer)).toThrow('value.last.inside contains itself');
    expect(Object.isFrozen(last)).toBe(false);
  });

  it('reports that callers must get copies: of binary data, and of collections that were frozen before', () => {
    expect(makeStorable({ file: Buffer.from('abc') }).unfreezable).toBe(true);
    expect(makeStorable(Object.freeze(new Date())).unfreezable).toBe(true);
    expect(makeStorable({ when: new Date() }).unfreezable).toBe(false);
  });
});

describe('copyOf', () => {
  it('keeps classes, and shares nothing that can change', () => {
    const value = {
      buffer: Buffer.from('abc'),
      floats: new Float32Array([1, 2]),
      view: new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
      raw: Uint8Array.of(9).buffer,
      map: new Map([['k', Buffer.from('x')]]),
      set: new Set(['s']),
      when: new Date(5),
      list: [{ deep: Buffer.from('y') }],
    };
    const copy = copyOf(value);
    expect(copy).toEqual(value);
    expect(Buffer.isBuffer(copy.buffer)).toBe(true);
    copy.buffer[0] = 0;
    copy.list[0]?.deep.fill(0);
    copy.map.get('k')?.fill(0);
    copy.view.setUint8(0, 77);
    expect(value.buffer.toString()).toBe('abc');
    expect(value.list[0]?.deep.toString()).toBe('y');
    expect(value.map.get('k')?.toString()).toBe('x');
    expect(value.view.getUint8(0)).toBe(2);
  });
});
