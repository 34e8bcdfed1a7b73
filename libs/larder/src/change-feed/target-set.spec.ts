import { describe, expect, it } from '@jest/globals';
import type { Key } from '../keys/key.js';
import { pattern, type Target, tag } from '../keys/target.js';
import { TargetSet } from './target-set.js';

function coalesce(targets: readonly Target[], limit: number): Target[] {
  const all = new TargetSet();
  all.add(targets);
  return all.coalesced(limit);
}

const numbered = (count: number, keyOf: (index: number) => Target) =>
  Array.from({ length: count }, (_, index) => keyOf(index));

describe('TargetSet.coalesced', () => {
  it('returns each target once', () => {
    const targets: Target[] = [['a', 1], ['a', '1'], tag('a'), tag('a'), pattern('a'), pattern('a'), ['a']];
    expect(coalesce(targets, 100)).toHaveLength(4);
  });

  it('replaces keys by the longest key with more than `limit` keys below it, and keeps the rest', () => {
    const crowded = numbered(11, (index) => ['users', 7, 'calls', index]);
    const spread = numbered(9, (index) => ['users', index]);
    expect(coalesce([...crowded, ...spread, tag('t'), ['other', 1]], 10)).toEqual([
      ['users', 7, 'calls'],
      ...numbered(9, () => ['users']).slice(0, 1),
      tag('t'),
      ['other', 1],
    ]);
  });

  it('covers every target', () => {
    const targets = numbered(5000, (index) => ['a', index % 3, index]) as Key[];
    const coalesced = coalesce(targets, 1000) as Key[];
    expect(coalesced).toEqual([
      ['a', 0],
      ['a', 1],
      ['a', 2],
    ]);
  });

  it('replaces nothing up to the limit', () => {
    expect(
      coalesce(
        numbered(10, (index) => ['a', index]),
        10,
      ),
    ).toHaveLength(10);
    expect(
      coalesce(
        numbered(11, (index) => ['a', index]),
        10,
      ),
    ).toEqual([['a']]);
  });
});
