import { RULES, type Rules } from '../../../libs/larder/src/dependencies/analysis/rules.js';

/** A rule that is replaced by one that is wrong, and the shapes that must notice. */
export interface Mutant {
  readonly rule: string;
  readonly wrong: string;
  readonly shapes: readonly string[];
  readonly rules: Partial<Rules>;
}

export const MUTANTS: readonly Mutant[] = [
  {
    rule: '7',
    wrong: 'the ON of a FULL JOIN counts',
    shapes: ['7'],
    rules: { onCountsFor: (type) => (type === 'full' ? { left: true, right: true } : RULES.onCountsFor(type)) },
  },
  {
    rule: 'usable',
    wrong: 'the ON of a LEFT JOIN counts for the table whose rows it keeps',
    shapes: ['7'],
    rules: { onCountsFor: (type) => (type === 'left' ? { left: true, right: true } : RULES.onCountsFor(type)) },
  },
  { rule: '9', wrong: 'a cast may cut values', shapes: ['9 cast'], rules: { castKeeps: () => true } },
  {
    rule: '9',
    wrong: 'a parameter may get its type elsewhere',
    shapes: ['9 parameter'],
    rules: { parameterFits: () => true },
  },
  {
    rule: '10',
    wrong: 'values need not be plain',
    shapes: ['10 values', '10 dates'],
    rules: { canonicalText: (value) => String(value) },
  },
  {
    rule: '10',
    wrong: 'numeric and char(n) have one text each',
    shapes: ['10 types'],
    rules: { valueClass: (type, column) => RULES.valueClass(type, column) ?? 'text' },
  },
  {
    rule: '10',
    wrong: 'a nondeterministic collation compares texts',
    shapes: ['10 types'],
    rules: { valueClass: (type) => RULES.valueClass(type, { deterministic: true, generated: '' }) },
  },
  {
    rule: '11',
    wrong: 'a table comes before a CTE of its name',
    shapes: ['11'],
    rules: { cteShadowsTable: () => false },
  },
  { rule: '11', wrong: 'an alias does not rename columns', shapes: ['11'], rules: { columnAlias: (_, name) => name } },
  { rule: '13', wrong: 'a materialised view is a table', shapes: ['13'], rules: { relationRefusal: () => undefined } },
  {
    rule: '13',
    wrong: 'a system column changes with the row alone',
    shapes: ['13 columns'],
    rules: { isSystemColumn: () => false },
  },
  {
    rule: '14',
    wrong: 'any function of pg_catalog is harmless',
    shapes: ['14'],
    rules: { knownFunction: () => 'harmless' },
  },
  {
    rule: '15',
    wrong: 'a name is one of pg_catalog',
    shapes: ['15'],
    rules: { isElsewhere: () => false, knownFunction: () => 'harmless' },
  },
  {
    rule: 'R1',
    wrong: 'an outer join guarantees its ON',
    shapes: ['R1'],
    rules: { guarantees: () => ({ on: true, left: true, right: true }) },
  },
  {
    rule: 'R1',
    wrong: 'an aggregate has no row without rows',
    shapes: ['R1 aggregates'],
    rules: { makesRows: () => false },
  },
  {
    rule: 'R2',
    wrong: 'a FULL JOIN to an array keeps only rows with one of its values',
    shapes: ['R2'],
    rules: { onCountsFor: (type) => (type === 'full' ? { left: true, right: true } : RULES.onCountsFor(type)) },
  },
  {
    rule: 'R3',
    wrong: 'a predicate passes LIMIT, GROUP BY and functions',
    shapes: ['R3'],
    rules: { isPlain: () => true },
  },
  {
    rule: 'R4',
    wrong: 'a boolean column is true where its negation is asked',
    shapes: ['R4'],
    rules: {
      canonicalText: (value, valueClass) =>
        valueClass === 'boolean' ? 'true' : RULES.canonicalText(value, valueClass),
    },
  },
  { rule: 'R6', wrong: 'each outer join is an inner one', shapes: ['R6', '7'], rules: { reducedJoin: () => 'inner' } },
  {
    rule: 'R5',
    wrong: 'a result that is sorted by a sub-select has the same rows without it',
    shapes: ['R5'],
    rules: { sortsByItem: () => false },
  },
  {
    rule: 'R5',
    wrong: 'a function in the list makes one row of each',
    shapes: ['R5 functions'],
    rules: { showsItsRows: () => true },
  },
  {
    rule: 'R5',
    wrong: 'a table is joined by any column',
    shapes: ['R5 joins'],
    rules: { isLookup: (table) => RULES.isLookup({ ...table, isKey: true }) },
  },
  {
    rule: 'R5',
    wrong: 'a table that sorts or drops rows only gives values',
    shapes: ['R5'],
    rules: { isLookup: (table) => RULES.isLookup({ ...table, isUsedOnce: true }) },
  },
  {
    rule: 'R5',
    wrong: 'an inner join without a foreign key drops no row',
    shapes: ['R5 joins'],
    rules: { isLookup: (table) => RULES.isLookup({ ...table, isReferenced: true }) },
  },
  {
    rule: 'R6',
    wrong: 'a FULL JOIN with one required side is an inner one',
    shapes: ['R6'],
    rules: {
      reducedJoin: (type, left, right) =>
        type === 'full' && (left || right) ? 'inner' : RULES.reducedJoin(type, left, right),
    },
  },
  {
    rule: 'R6',
    wrong: 'the required side is the other one',
    shapes: ['R6'],
    rules: { reducedJoin: (type, left, right) => RULES.reducedJoin(type, right, left) },
  },
  {
    rule: 'R7',
    wrong: 'the merged column of a FULL JOIN is that of the left side',
    shapes: ['R7 lists'],
    rules: { mergedColumn: (type, left, right) => RULES.mergedColumn(type === 'full' ? 'left' : type, left, right) },
  },
  {
    rule: 'R7',
    wrong: 'the merged column of a RIGHT JOIN is that of the left side',
    shapes: ['R7 lists'],
    rules: { mergedColumn: (type, left, right) => RULES.mergedColumn(type === 'right' ? 'left' : type, left, right) },
  },
  {
    rule: 'R8',
    wrong: 'a query uses only the columns that bind its rows',
    shapes: ['R8'],
    rules: { usedColumns: () => [] },
  },
];
