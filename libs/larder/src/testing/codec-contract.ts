import assert from 'node:assert/strict';
import { types } from 'node:util';
import { makeStorable } from '../cache/entries/storable.js';
import type { Codec } from '../cache/shared-tier/codec.js';
import { type Check, checksOf } from './contract.js';

/** One example of every kind of value that a cache accepts. */
const EXAMPLES: Readonly<Record<string, () => unknown>> = {
  'undefined, null and booleans': () => [undefined, null, true, false],
  numbers: () => [0, -0, 1, 63, 64, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.1, -1e300, Number.NaN, -Infinity],
  'big integers': () => [0n, -1n, 255n, 2n ** 64n, -(2n ** 200n)],
  strings: () => ['', 'plain', 'x'.repeat(127), 'x'.repeat(128), 'ünïcode', '漢字', '😀', 'a\u0000b'],
  'half a surrogate pair': () => ['\ud800', 'a\udc00b', '😀'],
  'nested objects': () => ({ a: { b: { c: [1, { d: 'e' }] } }, empty: {}, list: [] }),
  'members that are undefined': () => ({ a: undefined, b: 1 }),
  'members in their order': () => Object.entries({ z: 1, a: 2, m: 3 }),
  'members of any name': () => JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "": 3, "0": 4, "ü": 5}'),
  'many objects of the same shape, and some others': () =>
    Array.from({ length: 50 }, (_, n) => (n % 7 === 0 ? { other: n } : { id: n, name: `n${n}`, at: n / 2 })),
  'objects without a prototype': () => [Object.assign(Object.create(null), { a: 1 }), Object.create(null), { a: 1 }],
  'missing elements': () => {
    const values: unknown[] = [1, 2];
    values.length = 4;
    return values;
  },
  dates: () => [new Date(0), new Date('2026-01-02T03:04:05.678Z')],
  'maps and sets': () => [
    new Map<unknown, unknown>([
      ['b', 1],
      [{ k: 1 }, new Set([1, 'a'])],
      ['a', undefined],
    ]),
    new Set(),
  ],
  'binary data': () => [
    Buffer.from('bytes'),
    new Uint8Array([1, 2, 3]).subarray(1),
    new Float64Array([1.5, Number.NaN]),
    new BigInt64Array([-1n]),
    new Uint8ClampedArray([300]),
    new DataView(new ArrayBuffer(3)),
    new ArrayBuffer(5),
  ],
  errors: () => [
    withoutStack(new Error('plain')),
    withoutStack(Object.assign(new TypeError('x', { cause: { code: 7 } }), { details: [1], name: 'Renamed' })),
    withoutStack(new AggregateError([withoutStack(new RangeError('deep'))], 'many')),
  ],
  'the same object twice': () => {
    const shared = { a: 1 };
    return [shared, shared];
  },
};

/** Equality of errors includes the stack, which differs from error to error. */
function withoutStack<T extends Error>(error: T): T {
  Object.defineProperty(error, 'stack', { value: 'Error: somewhere' });
  return error;
}

/** The contract of `Codec`, for any test runner. */
export function codecContract(make: () => Codec): readonly Check[] {
  const examples = Object.entries(EXAMPLES).map(([name, example]) => [
    `decodes what it encoded: ${name}`,
    async (codec: Codec) => {
      const value = example();
      makeStorable(value);
      const bytes = Uint8Array.from(codec.encode(value));
      const decoded = codec.decode(bytes);
      assert.deepStrictEqual(decoded.value, example());
      assert.equal(decoded.unfreezable, makeStorable(example()).unfreezable);
    },
  ]);
  return checksOf(
    async () => make(),
    async () => {},
    {
      ...Object.fromEntries(examples),

      'decodes what it encoded: an invalid date': async (codec: Codec) => {
        const { value } = codec.decode(codec.encode(new Date(Number.NaN)));
        assert.ok(types.isDate(value) && Number.isNaN(value.getTime()));
      },

      'decodes to frozen values': async (codec: Codec) => {
        const value = { list: [{ a: 1 }], map: new Map([['k', {}]]), set: new Set([1]), date: new Date(0) };
        assertFrozen(codec.decode(codec.encode(value)).value);
        const { value: again } = codec.decode(codec.encode(value));
        assert.throws(() => (again as typeof value).map.set('k', {}), TypeError);
        assert.throws(() => (again as typeof value).date.setTime(1), TypeError);
      },

      'throws for truncated bytes': async (codec: Codec) => {
        const bytes = Uint8Array.from(codec.encode({ a: [1, 'two', { three: new Map([[4n, 5.5]]) }] }));
        for (let length = 0; length < bytes.length; length++) {
          assert.throws(() => codec.decode(bytes.subarray(0, length)), `cut off after ${length} bytes`);
        }
      },

      'does not retain the bytes it decodes': async (codec: Codec) => {
        const bytes = Uint8Array.from(codec.encode({ text: 'abc', file: Buffer.from('abc') }));
        const { value } = codec.decode(bytes);
        bytes.fill(0);
        assert.deepStrictEqual(value, { text: 'abc', file: Buffer.from('abc') });
      },
    },
  );
}

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  assert.ok(Object.isFrozen(value));
  const members = types.isMap(value) || types.isSet(value) ? [...value].flat() : Object.values(value);
  for (const member of members) assertFrozen(member);
}
