import type { SelectStmt } from 'libpg-query';
import type { Catalog } from '../catalog/catalog.js';
import type { Relation } from '../catalog/relation.js';
import { type ColumnTraits, type TypeFacts, type ValueClass, valueClassOfColumn } from '../catalog/value-class.js';
import type { JoinType } from './names/join-type.js';
import { mergedColumn } from './names/merged-column.js';
import type { Ref } from './names/ref.js';
import type { Alternative } from './predicates/closure.js';
import type { Fact } from './predicates/fact.js';
import type { ParameterUse } from './predicates/parameters.js';
import type { Shape } from './predicates/shape.js';
import { canonicalText } from './runs/canonical.js';
import { knownFunction } from './sql/functions.js';

/** Which tables of a join an ON counts for. */
interface Sides {
  readonly left: boolean;
  readonly right: boolean;
}

/**
 * The decisions that the soundness of the analysis rests on, each under the number that it has in its design. A test replaces one
 * by its opposite, to see that the proof notices.
 */
export interface Rules {
  /** 7: an ON counts for the tables whose rows it drops. */
  onCountsFor(type: JoinType): Sides;
  /** 9: a cast that leaves a value what it is. */
  castKeeps(cast: ValueClass | undefined, valueClass: ValueClass): boolean;
  /** 9: a parameter that has the type of the column, wherever else it is used. */
  parameterFits(uses: readonly ParameterUse[], use: ParameterUse): boolean;
  /** 10: the one text of a value; undefined if the value is not written plainly. */
  canonicalText(value: unknown, valueClass: ValueClass): string | undefined;
  /** 10: the class of the values of a column; undefined if equal values may have several texts. */
  valueClass(type: TypeFacts, column: ColumnTraits): ValueClass | undefined;
  /** 11: the name of a column under an alias of its table. */
  columnAlias(alias: string | undefined, name: string | undefined): string | undefined;
  /** 11: whether the name of a CTE comes before that of a table. */
  cteShadowsTable(schema: string | undefined): boolean;
  /** 12: how many of the rows of a table an alternative names; the smallest is taken. */
  share(alternative: Alternative, values: number): number;
  /** 13 and 16: why a relation cannot be followed. */
  relationRefusal(relation: Relation): string | undefined;
  /** 13: names of columns that each table has. */
  isSystemColumn(name: string): boolean;
  /** 14: what a function of pg_catalog depends on. */
  knownFunction(name: string): 'harmless' | 'time' | undefined;
  /** 15: whether a function or an operator can be another one than that of pg_catalog. */
  isElsewhere(kind: 'function' | 'operator', name: string, catalog: Catalog): boolean;
  /** R1: what holds in a sub-select of the facts around it. */
  constantsFromAround(facts: readonly Fact[]): readonly Fact[];
  /** R1: which facts hold in all rows of a join. */
  guarantees(type: JoinType): Sides & { readonly on: boolean };
  /** R3: whether predicates on a sub-select are predicates on its tables. */
  isPlain(select: { readonly hasFunctions: boolean; readonly hasClauses: boolean }): boolean;
  /** Whether an aggregate makes a row of no rows. */
  makesRows(select: { readonly hasAggregates: boolean; readonly groups: boolean }): boolean;
  /** R6: an outer join as it is where rows with NULL in place of a side are dropped. */
  reducedJoin(type: JoinType, isLeftRequired: boolean, isRightRequired: boolean): JoinType;
  /** R7: what a column of USING refers to. */
  mergedColumn(type: JoinType, left: Ref, right: Ref): Ref;
  /** R5: whether the result shows the rows of FROM, each by itself. */
  showsItsRows(shape: Shape, select: SelectStmt): boolean;
  /** R5: whether a sub-select of the list can decide which rows are shown. */
  sortsByItem(isSorted: boolean): boolean;
  /** R5: whether a table gives nothing but values to the list. */
  isLookup(table: {
    readonly isKey: boolean;
    readonly isUsedOnce: boolean;
    readonly isPreserved: boolean;
    readonly isReferenced: boolean;
  }): boolean;
  /** R8: the columns of a table that a query uses, of those that it names. */
  usedColumns(names: readonly string[]): readonly string[];
}

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);

export const RULES: Rules = {
  onCountsFor: (type) => ({ left: type === 'inner' || type === 'right', right: type === 'inner' || type === 'left' }),
  castKeeps: (cast, valueClass) => cast === valueClass || cast === 'text',
  parameterFits: (uses, use) => uses.every((one) => one === use),
  canonicalText,
  valueClass: valueClassOfColumn,
  columnAlias: (alias, name) => alias ?? name,
  cteShadowsTable: (schema) => schema === undefined,
  share: ({ column }, values) => values / column.distinct,
  relationRefusal: ({ kind, isTemporary, hasRowSecurity, childKinds, schema, name }) => {
    const named = `${schema}.${name}`;
    if (kind !== 'table' && kind !== 'view') return `${named} is a ${kind}`;
    if (isTemporary || childKinds.has('temporary')) return `${named} is temporary`;
    if (childKinds.has('foreign table')) return `a partition of ${named} is a foreign table`;
    return hasRowSecurity ? `${named} has row security` : undefined;
  },
  isSystemColumn: (name) => SYSTEM_COLUMNS.has(name),
  knownFunction,
  isElsewhere: (kind, name, catalog) =>
    kind === 'function' ? catalog.hasFunction(name) : catalog.hasOperator(name) !== undefined,
  constantsFromAround: (facts) => facts,
  guarantees: (type) => ({
    on: type === 'inner',
    left: type === 'inner' || type === 'left',
    right: type === 'inner' || type === 'right',
  }),
  isPlain: ({ hasFunctions, hasClauses }) => !hasFunctions && !hasClauses,
  makesRows: ({ hasAggregates, groups }) => hasAggregates && !groups,
  reducedJoin: (type, isLeftRequired, isRightRequired) => {
    const keepsLeft = (type === 'left' || type === 'full') && !isRightRequired;
    const keepsRight = (type === 'right' || type === 'full') && !isLeftRequired;
    if (keepsLeft) return keepsRight ? 'full' : 'left';
    return keepsRight ? 'right' : 'inner';
  },
  mergedColumn,
  showsItsRows: ({ hasOwnFunctions, hasAggregates }, { groupClause, distinctClause, windowClause }) =>
    !hasOwnFunctions && !hasAggregates && [groupClause, distinctClause, windowClause].every((one) => one === undefined),
  sortsByItem: (isSorted) => isSorted,
  isLookup: ({ isKey, isUsedOnce, isPreserved, isReferenced }) => isKey && isUsedOnce && (isPreserved || isReferenced),
  usedColumns: (names) => names,
};
