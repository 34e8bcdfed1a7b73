import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LarderKeyError } from '../base/errors.js';
import { encodePath, idOf, type Key, type KeyPart } from './key.js';

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(':', '%', '*', '{', '}', '=', '&', ',', '(', ')', '[', ']', 'a', '1', '\u0000', '\ud800'),
  }),
  fc.constantFrom(
    'null',
    'undefined',
    'true',
    'false',
    '%null',
    '%empty',
    '',
    'NaN',
    '1',
    '-0',
    '\ud800',
    '\udc00',
    '\ufffd',
  ),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date(),
);
const part: fc.Arbitrary<KeyPart> = fc.letrec<{ part: KeyPart }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('part'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('a', 'b', 'a=1', '')), tie('part'), {
      maxKeys: 3,
    }),
  ),
})).part;
const key: fc.Arbitrary<Key> = fc
  .tuple(fc.string({ maxLength: 6 }), fc.array(part, { maxLength: 3 }))
  .map(([family, rest]) => [family, ...rest]);

/** A path as sent to Redis: encoding it in UTF-8 must not make two paths equal. */
function bytesOf(key: Key): string {
  return Buffer.from(encodePath(key)).toString('hex');
}

/** Parts of so few pieces that two of them often differ by little. */
const similar: fc.Arbitrary<KeyPart> = fc.letrec<{ part: KeyPart }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<KeyPart[]>('', 'a', 'a=', ',', ':', '[', '()', 'null', null, undefined, 1, 1n, true),
    fc.array(tie('part'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('', 'a', 'a=', 'b'), tie('part'), { maxKeys: 2 }),
  ),
})).part;

/** Identifies a key in another way: two keys are equal exactly if these texts are. */
function identity(part: KeyPart): string {
  if (typeof part === 'number' || typeof part === 'string') return `text ${JSON.stringify(String(part))}`;
  if (part === null || typeof part !== 'object') return `${typeof part} ${part}`;
  if (part instanceof Date) return `date ${part.getTime()}`;
  if (Array.isArray(part)) return `list ${JSON.stringify(part.map(identity))}`;
  const members = Object.entries(part).filter(([, member]) => member !== undefined);
  return `object ${JSON.stringify(members.map(([name, member]) => [name, identity(member)]).sort())}`;
}

describe('encodePath', () => {
  it('gives two keys the same path exactly if they are equal', () => {
    const near = fc.array(similar, { maxLength: 2 }).map((rest): Key => ['k', ...rest]);
    const pair = fc.oneof(
      fc.tuple(key, key),
      fc.tuple(near, near),
      fc.tuple(key, part).map(([one, extra]): [Key, Key] => [one, [...one, extra]]),
    );
    fc.assert(
      fc.property(pair, ([one, other]) => {
        expect(bytesOf(one) === bytesOf(other)).toBe(identity(one) === identity(other));
      }),
      { numRuns: 5000 },
    );
  });

  it('distinguishes keys with small differences', () => {
    const keys: Key[] = [
      ['k', 1n],
      ['k', 2n],
      ['k', 1],
      ['k', true],
      ['k', null],
      ['k', 'null'],
      ['k', undefined],
      ['k', 'undefined'],
      ['k'],
      ['k', ''],
      ['k', '', ''],
      ['k', 'a:b', 'c'],
      ['k', 'a', 'b:c'],
      ['k', [['a'], 'b']],
      ['k', ['a', 'b']],
      ['k', 'a,b'],
      ['k', 'a', 'b'],
      ['k', ['a'], 'b'],
      ['k', []],
      ['k', {}],
      ['k', [[]]],
      ['k', ['']],
      ['k', ['', '']],
      ['k', { '': 1 }],
      ['k', { a: '' }],
      ['k', { a: 1 }],
      ['k', 'a=1'],
      ['k', { a: 1, b: 2 }],
      ['k', { a: '1&b=2' }],
      ['k', { a: { b: 1 } }],
      ['k', { a: 'b=1' }],
      ['k', new Date(0)],
      ['k', '1970-01-01T00:00:00.000Z'],
      ['k', 0],
      ['k', '\ud800'],
      ['k', '\udc00'],
      ['k', '\ufffd'],
    ];
    expect(new Set(keys.map(bytesOf)).size).toBe(keys.length);
  });

  it('is readable', () => {
    expect(encodePath(['tournaments', 'list', { page: 1 }])).toBe('tournaments:list:page=1');
    expect(encodePath(['tournaments', 42])).toBe(encodePath(['tournaments', '42']));
    expect(encodePath(['q', { b: 1, a: { d: 2, c: 3 } }])).toBe(encodePath(['q', { a: { c: 3, d: 2 }, b: 1 }]));
    expect(encodePath(['q', { a: 1, b: undefined }])).toBe(encodePath(['q', { a: 1 }]));
    expect(encodePath(['a:b*', '{x}', '100%'])).toBe('a%3Ab%2A:%7Bx%7D:100%25');
  });

  it('nests paths: a key starts with the path of the key above it', () => {
    fc.assert(
      fc.property(key, part, (above, extra) => {
        expect(encodePath([...above, extra]).startsWith(`${encodePath(above)}:`)).toBe(true);
      }),
    );
  });

  class Money {}
  const cycle: { self?: unknown } = {};
  cycle.self = { list: [cycle] };
  it.each<[string, unknown, string]>([
    ['a function', ['k', () => 1], 'key[1] is a function'],
    ['a symbol', ['k', { filter: [Symbol('s')] }], 'key[1].filter[0] is a symbol'],
    ['a class instance', ['k', { price: new Money() }], 'key[1].price is an instance of Money'],
    ['a Map', ['k', new Map()], 'key[1] is an instance of Map'],
    ['a cycle', ['k', cycle], 'key[1].self.list[0] contains itself'],
    ['a member named by a symbol', ['k', { [Symbol('s')]: 1 }], 'key[1] has a member named by a symbol'],
    ['no parts', [], 'key[0] is missing'],
    ['a first part that is not a string', [1], 'key[0] is number, not a string'],
    ['a string', 'tournaments', 'key is string, not an array'],
  ])('rejects %s with its position', (_, bad, message) => {
    const encode = () => encodePath(bad as Key);
    expect(encode).toThrow(LarderKeyError);
    expect(encode).toThrow(message);
  });
});

describe('idOf', () => {
  it('is the path up to 512 bytes', () => {
    const path = encodePath(['k', 'x'.repeat(510)]);
    expect(idOf(path)).toBe(path);
  });

  it('keeps the leading parts of a longer path, and stays unique', () => {
    const long = (end: string) => idOf(encodePath(['tournaments', 'list', { q: `${'ü'.repeat(400)}${end}` }]));
    expect(long('a')).toMatch(/^tournaments:list:%sha256-[0-9a-f]{64}$/);
    expect(long('a')).not.toBe(long('b'));
    expect(Buffer.byteLength(long('a'))).toBeLessThanOrEqual(512);
    expect(idOf(encodePath(['x'.repeat(2000)]))).toMatch(/^%sha256-/);
  });
});
