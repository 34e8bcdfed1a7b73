import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JoinedPaths, unescapedPartsOf } from './joined-paths.js';
import { encodePath, type Key } from './key.js';

/** Two keys with the same joined path: one text, cut at some of its colons. */
const alike: fc.Arbitrary<readonly [Key, Key]> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('a', 'b', '7') },
      fc.constantFrom('', '%', 'é', '%3A', 'x'.repeat(65)),
    ),
    {
      minLength: 2,
      maxLength: 8,
    },
  )
  .chain((pieces) => {
    const cuts = fc.array(fc.boolean(), { minLength: pieces.length - 1, maxLength: pieces.length - 1 });
    return fc.tuple(cuts, cuts).map(([one, other]) => [cutAt(one, pieces), cutAt(other, pieces)] as const);
  });

function cutAt(cuts: readonly boolean[], [first = '', ...pieces]: readonly string[]): Key {
  const parts: [string, ...string[]] = [first];
  for (const [index, piece] of pieces.entries()) {
    if (cuts[index]) parts.push(piece);
    else parts[parts.length - 1] += `:${piece}`;
  }
  return parts;
}

describe('a joined path', () => {
  it('is the path of its key if it equals a path of as many parts without escapes', () => {
    const paths = new JoinedPaths();
    let confirmed = 0;
    const property = fc.property(alike, ([one, other]) => {
      const stored = encodePath(other);
      if (paths.of(one) !== stored || unescapedPartsOf(stored) !== one.length) return;
      confirmed++;
      expect(encodePath(one)).toBe(stored);
    });
    fc.assert(property, { numRuns: 5000 });
    expect(confirmed).toBeGreaterThan(100);
  });

  it.each<[Key, string | undefined]>([
    [['items', 'a'], 'items:a'],
    [['items', 7], 'items:7'],
    [['items', 'list', 7], 'items:list:7'],
    [['items', 'a:b'], 'items:a:b'],
    [['items'], undefined],
    [['items', null], undefined],
    [['items', 'list', { page: 1 }], undefined],
    ['items' as never, undefined],
    [undefined as never, undefined],
    [{ 0: 'items', 1: 'a', length: 2 } as never, undefined],
  ])('of %j is %j', (key, path) => {
    expect(new JoinedPaths().of(key)).toBe(path);
  });

  it('is right for families of one length, which replace each other', () => {
    const paths = new JoinedPaths();
    const families = ['items', 'teams', 'items', 'teams'];
    expect(families.map((family) => paths.of([family, '1']))).toEqual(['items:1', 'teams:1', 'items:1', 'teams:1']);
  });
});

describe('unescapedPartsOf', () => {
  it.each([
    ['items:1', 2],
    ['items', 1],
    ['a:b:c:d:e:f:g', 7],
    ['a:b:c:d:e:f:g:h', 0],
    ['items:%empty', 0],
    ['items:page=1', 0],
    ['items:1:%user=5', 0],
    ['items:é', 0],
  ])('of %s is %i', (path, parts) => {
    expect(unescapedPartsOf(path)).toBe(parts);
  });
});
