import { describe, expect, it } from '@jest/globals';
import type { Target } from '../keys/target.js';
import type { Logged } from './change-log.js';
import { RuleMapper } from './rule-mapper.js';
import { type Change, onTable } from './table-rule.js';
import { TargetSet } from './target-set.js';

const ROW = { xid: '1', id: '1', watch: 'w', size: 1, age: 0, changed: null, mark: null, trace: null };

function targetsOf(mapper: RuleMapper, logged: Logged, watched: Parameters<RuleMapper['collect']>[1]): Target[] {
  const targets = new TargetSet();
  mapper.collect(logged, watched, targets);
  return targets.coalesced(1000);
}

function toldOf(rows: Logged['rows'], key: number, op: Logged['op'] = 'update') {
  const told: unknown[] = [];
  const invalidate = ({ before, after }: Change<'a'>): readonly Target[] => {
    told.push([before?.a, after?.a]);
    return [];
  };
  const mapper = new RuleMapper([onTable('t', { columns: ['a'], invalidate })], () => {});
  const logged: Logged = { ...ROW, op, rows };
  targetsOf(mapper, logged, { table: 'public.t', columns: ['id', 'a'], key });
  return told;
}

describe('RuleMapper', () => {
  it('matches rows before and after by their keys, in any order', () => {
    const before = [
      [1, 2, 3],
      ['a', 'b', 'c'],
    ];
    const after = [
      [4, 2, 1],
      ['d', 'B', 'A'],
    ];
    expect(toldOf([before, after], 1)).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', undefined],
      [undefined, 'd'],
    ]);
  });

  it('matches no rows without a key', () => {
    expect(
      toldOf(
        [
          [[1], ['a']],
          [[1], ['A']],
        ],
        0,
      ),
    ).toEqual([
      ['a', undefined],
      [undefined, 'A'],
    ]);
  });

  it('passes on every row if the key is no longer unique', () => {
    const before = [
      [1, 1],
      ['a', 'b'],
    ];
    const after = [
      [1, 1],
      ['A', 'B'],
    ];
    expect(toldOf([before, after], 1)).toEqual([
      ['a', undefined],
      ['b', undefined],
      [undefined, 'A'],
      [undefined, 'B'],
    ]);
  });

  it('invalidates all that the rules cover after a truncate', () => {
    const rules = [1, 2].map((n) => onTable('t', { columns: [], invalidate: () => [], covers: [['covered', n]] }));
    const mapper = new RuleMapper([...rules, onTable('u', { columns: [], invalidate: () => [] })], () => {});
    const logged: Logged = { ...ROW, op: 'truncate', rows: null };
    expect(targetsOf(mapper, logged, { table: 'public.t', columns: [], key: 0 })).toEqual([
      ['covered', 1],
      ['covered', 2],
    ]);
    expect(targetsOf(mapper, logged, { table: 'public.other', columns: [], key: 0 })).toEqual([]);
    expect(mapper.covers).toHaveLength(3);
  });
});
