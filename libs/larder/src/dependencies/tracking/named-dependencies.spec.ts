import { expect, it } from '@jest/globals';
import type { Analysed } from '../analysis/analysis.js';
import type { Dependency } from '../dependency.js';
import { anyRowOf, everythingOf, rowsOf } from './dependency-names.js';
import { NamedDependencies } from './named-dependencies.js';

function namesOf(...dependencies: Dependency[]): string[] {
  const query: Analysed = { dependencies, columns: [], timeDependent: false, text: 'select', unnarrowed: [] };
  return new NamedDependencies().of([query]).map(({ name, rest = '' }) => `${name}${rest}`);
}

it('names rows as a change of them is named, whatever their value', () => {
  for (const value of ['7', '-7', 'a-b', '', 'a "b"', 'a\\b', 'a\nb', 'ä', '😀', '\u2028']) {
    const table = 'public."odd.name"';
    const named = namesOf({ table, column: 'a"b', values: [value] });
    expect(named).toEqual([everythingOf(table), rowsOf(table, 'a"b', value)]);
  }
});

it('names a whole table as each change of it is named', () => {
  expect(namesOf({ table: 'public.items' })).toEqual([everythingOf('public.items'), anyRowOf('public.items')]);
});

it('tells the memory of a long value only', () => {
  const bytesOf = (value: string) => {
    const dependencies = [{ table: 'a', column: 'b', values: [value] }];
    const query = { dependencies, columns: [], timeDependent: false, text: 'select', unnarrowed: [] };
    return new NamedDependencies().of([query]).map(({ bytes = 0 }) => bytes);
  };
  expect(bytesOf('7')).toEqual([0, 0]);
  expect(bytesOf('x'.repeat(8000))).toEqual([0, 16_000]);
});

it('names all tables and values, with texts for people', () => {
  const query: Analysed = {
    dependencies: [{ table: 'public.a' }, { table: 'public.b', column: 'id', values: ['1', '2'] }],
    columns: [],
    timeDependent: false,
    text: 'select 1',
    unnarrowed: [],
  };
  expect(
    new NamedDependencies()
      .of([query, query])
      .map(({ text }) => text)
      .slice(0, 6),
  ).toEqual([
    'unknown rows of public.a',
    'all of public.a, by: select 1',
    'unknown rows of public.b',
    'public.b.id = 1, by: select 1',
    'public.b.id = 2, by: select 1',
    'unknown rows of public.a',
  ]);
});
