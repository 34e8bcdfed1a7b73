import { describe, expect, it } from '@jest/globals';
import type { Logged, WatchedColumns } from '../../change-feed/change-log.js';
import type { UsedColumns } from '../../change-feed/triggers/used-columns.js';
import { ChangedDependencies, MAX_ROWS } from './changed-dependencies.js';
import { anyRowOf, everythingOf, rowsOf, showName } from './dependency-names.js';

const T = 'public.items';
const WATCH: WatchedColumns = { table: T, columns: ['id', 'seller_id', 'open'], key: 1 };
const USED: UsedColumns = new Map([
  [T, { keys: new Set(['seller_id', 'open']), read: new Set(['seller_id', 'open', 'price']) }],
]);

function logged(row: Partial<Logged>): Logged {
  return {
    xid: '1',
    id: '1',
    watch: 'w',
    op: 'update',
    size: 1,
    rows: [
      [[1], [7], [true]],
      [[1], [8], [true]],
    ],
    changed: ['seller_id'],
    mark: null,
    trace: null,
    age: 0,
    ...row,
  };
}

function changedBy(row: Partial<Logged>, watch = WATCH, used = USED): string[] {
  const found = new ChangedDependencies(used);
  found.add(logged(row), watch);
  return [...found.names()].sort();
}

const VALUES = [rowsOf(T, 'seller_id', '7'), rowsOf(T, 'seller_id', '8'), rowsOf(T, 'open', 'true')];

it('names the values before and after a change, each once, and any row', () => {
  expect(changedBy({})).toEqual([anyRowOf(T), ...VALUES].sort());
});

it('names the values of an insert and of a delete', () => {
  const image = [[1], [7], [false]];
  const expected = [anyRowOf(T), rowsOf(T, 'seller_id', '7'), rowsOf(T, 'open', 'false')].sort();
  expect(changedBy({ op: 'insert', rows: [null, image], changed: null })).toEqual(expected);
  expect(changedBy({ op: 'delete', rows: [image, null], changed: null })).toEqual(expected);
});

it('names no value for NULL, which equals nothing', () => {
  const rows = [null, [[1], [null], [true]]] as const;
  expect(changedBy({ op: 'insert', rows, changed: null })).toEqual([anyRowOf(T), rowsOf(T, 'open', 'true')].sort());
});

describe('everything of the table changes', () => {
  it.each([
    ['by a truncate', { op: 'truncate', rows: null }],
    ['by rows that are not known', { rows: null, changed: null }],
  ] as const)('%s', (_, row) => expect(changedBy(row)).toEqual([everythingOf(T)]));

  it('rule 19: by a row that lacks a column that queries use', () => {
    expect(changedBy({}, { ...WATCH, columns: ['id', 'seller_id'] })).toEqual([everythingOf(T)]);
  });

  it('by many rows', () => {
    const many = Array.from({ length: MAX_ROWS + 1 }, (_, n) => n);
    const rows = [null, [many, many, many.map(() => true)]] as const;
    expect(changedBy({ op: 'insert', rows, size: many.length, changed: null })).toEqual([everythingOf(T)]);
  });

  it('by a change of its definition, once whatever else changes', () => {
    const found = new ChangedDependencies(USED);
    found.addEverything(T);
    found.addEverything('public.unused');
    found.add(logged({}), WATCH);
    expect([...found.names()]).toEqual([everythingOf(T)]);
  });
});

describe('R8: an update that touches no column that queries use', () => {
  it('changes nothing', () => expect(changedBy({ changed: ['note'] })).toEqual([]));
  it('counts if it is not known what it touched', () => expect(changedBy({ changed: null })).toContain(anyRowOf(T)));
  it('counts if it touches one that is read but no key', () =>
    expect(changedBy({ changed: ['price', 'note'] })).toContain(anyRowOf(T)));
  it('does not concern inserts', () => expect(changedBy({ op: 'insert', changed: [] })).not.toEqual([]));
});

it('ignores tables that no cached query reads', () => {
  expect(changedBy({}, { ...WATCH, table: 'public.other' })).toEqual([]);
});

describe('the names of a dependency', () => {
  it('differ wherever the dependencies do', () => {
    const names = [
      everythingOf(T),
      anyRowOf(T),
      rowsOf(T, 'a', 'b","c'),
      rowsOf(T, 'a","b', 'c'),
      rowsOf(T, 'null', ''),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('are shown for people', () => {
    expect([everythingOf(T), anyRowOf(T), rowsOf(T, 'id', '7')].map(showName)).toEqual([
      'all of public.items',
      'rows of public.items',
      'public.items.id = 7',
    ]);
  });
});
