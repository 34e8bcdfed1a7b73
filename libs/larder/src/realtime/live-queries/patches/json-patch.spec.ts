import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPatch } from '../../../client/apply-patch.js';
import { patchBetween } from './json-patch.js';

const copy = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Rows of a list as pages show them: some share their ids with rows of the other list. */
const rows = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 0, max: 12 }), name: fc.string({ maxLength: 3 }), tags: fc.array(fc.nat(3)) }),
  { selector: ({ id }) => id, maxLength: 12 },
);
const names = fc.constantFrom('a', 'b/c', '~d', '', 'id', '0');
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, 'x', 1.5),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('the patch between two values', () => {
  it.each([
    ['lists of rows', rows],
    ['any JSON values', anything],
  ])('turns one into the other, for %s', (_, values) => {
    fc.assert(
      fc.property(values as fc.Arbitrary<unknown>, values as fc.Arbitrary<unknown>, (from, to) => {
        const patch = copy(patchBetween(copy(from), copy(to)));
        expect(applyPatch(copy(from), patch)).toEqual(copy(to));
      }),
      { numRuns: 500 },
    );
  });

  it('is empty for equal values', () => {
    expect(patchBetween({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
  });

  it('names only what differs, in RFC 6902', () => {
    const from = { 'a/b': 1, '~': 2, gone: 3, kept: { deep: [1, 2, 3] } };
    const to = { 'a/b': 2, '~': 3, kept: { deep: [1, 2, 4] }, added: null };
    expect(patchBetween(from, to)).toEqual([
      { op: 'remove', path: '/gone' },
      { op: 'replace', path: '/a~1b', value: 2 },
      { op: 'replace', path: '/~0', value: 3 },
      { op: 'replace', path: '/kept/deep/2', value: 4 },
      { op: 'add', path: '/added', value: null },
    ]);
  });

  it('knows the rows of a list by their ids: a new row in front and a change of another are two operations', () => {
    const from = Array.from({ length: 20 }, (_, id) => ({ id, price: id }));
    const to = [{ id: 99, price: 1 }, ...from.map((row) => (row.id === 7 ? { ...row, price: 8 } : row))];
    expect(patchBetween(from, to)).toEqual([
      { op: 'add', path: '/0', value: { id: 99, price: 1 } },
      { op: 'replace', path: '/8/price', value: 8 },
    ]);
  });

  it('is right for lists that are too long to align', () => {
    const from = Array.from({ length: 3000 }, (_, index) => index);
    const to = [...from].reverse();
    expect(applyPatch(copy(from), copy(patchBetween(from, to)))).toEqual(to);
  });
});
