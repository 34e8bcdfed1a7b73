import { inspect, isDeepStrictEqual, types } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeStorable } from '../cache/entries/storable.js';
import { codecContract } from '../testing/codec-contract.js';
import { ValueCodec } from './value-codec.js';

const codec = new ValueCodec();

const anything = fc.anything({
  maxDepth: 5,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
  withUnicodeString: true,
});

describe('ValueCodec', () => {
  for (const { name, run } of codecContract(() => new ValueCodec())) it(name, run);

  it('returns every storable value unchanged', () => {
    fc.assert(
      fc.property(anything, (value) => {
        // Node considers an invalid date unequal to itself.
        fc.pre(!inspect(value, { depth: null }).includes('Invalid Date'));
        makeStorable(value);
        const { value: decoded } = codec.decode(Uint8Array.from(codec.encode(value)));
        expect(isDeepStrictEqual(decoded, value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('distinguishes more shapes than it compares', () => {
    const value = Array.from({ length: 100 }, (_, n) => ({ same: 1, [`own${n % 40}`]: n }));
    expect(codec.decode(codec.encode(value)).value).toEqual(value);
  });

  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectHarmless(bytes);
        expectHarmless(Uint8Array.from([1, 0, 0, 0, 0, 0, ...bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it('survives changed bytes', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(anything, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        const bytes = Uint8Array.from(codec.encode(value));
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        expectHarmless(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['more elements than there are bytes', [7, 255, 255, 255, 255, 15]],
    ['a text longer than the texts', [6, 255, 255, 255, 255, 15]],
    ['more bytes than there are', [15, 255, 255, 255, 127]],
    ['a value that is nested too deep', Array(100_000).fill([7, 1]).flat()],
    ['an unknown shape', [9, 3]],
    ['another format', undefined],
  ])('rejects %s', (_, structure) => {
    const bytes = structure === undefined ? [2, 0, 0, 0, 0, 0, 0] : [1, 0, 0, 0, 0, 0, ...structure];
    expect(() => codec.decode(Uint8Array.from(bytes))).toThrow(RangeError);
  });

  it('makes no more members than there are bytes for them, however deep the objects are nested', () => {
    const names = Array.from({ length: 20_000 }, (_, n) => n.toString(36).padStart(4, '.'));
    const wide = codec.encode([Object.fromEntries(names.map((name) => [name, null]))]);
    const known = [9, 0];
    // The list has one more element: nested objects of that shape, each the first member of the outer one, then no more
    // bytes.
    const bytes = Buffer.concat([wide, Buffer.from(Array(500).fill(known).flat())]);
    bytes[bytes.indexOf(Buffer.from([7, 1, 8])) + 1] = 2;
    const before = process.cpuUsage();
    expect(() => codec.decode(bytes)).toThrow(RangeError);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });

  it('does not write what it would not read: a shared object that is nested too deep', () => {
    let low: unknown = 1;
    for (let level = 0; level < 400; level++) low = [low];
    let high = low;
    for (let level = 0; level < 300; level++) high = [high];
    makeStorable([low, high]);
    expect(() => codec.encode([low, high])).toThrow('nested more than');
  });

  it('does not write a long text that is repeated so often that it would fill the memory', () => {
    const long = { text: 'x'.repeat(2 ** 20) };
    expect(() => codec.encode(Array(32).fill(long))).toThrow(RangeError);
  });

  it('does not write an object that is shared so often that it would never end', () => {
    let value: unknown = ['x'];
    for (let level = 0; level < 60; level++) value = [value, value];
    makeStorable(value);
    expect(() => codec.encode(value)).toThrow(RangeError);
    expect(codec.decode(codec.encode('still there')).value).toBe('still there');
  });
});

function expectHarmless(bytes: Uint8Array): void {
  try {
    codec.decode(bytes);
  } catch (error) {
    // An error of Node itself belongs to another realm than the test.
    expect(types.isNativeError(error)).toBe(true);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
}
