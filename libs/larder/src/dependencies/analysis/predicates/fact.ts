import type { ValueClass } from '../../catalog/value-class.js';
import type { ColumnRef } from '../names/ref.js';
import type { Literal } from '../sql/nodes.js';
import type { ParameterUse } from './parameters.js';

/** Where a value of a comparison comes from in a run. */
export type ValueSource =
  | { readonly kind: 'literal'; readonly literal: Literal }
  /** `use` is the type that this place gives the parameter. */
  | { readonly kind: 'parameter'; readonly number: number; readonly use: ParameterUse }
  /** The elements of an array parameter. */
  | { readonly kind: 'elements'; readonly number: number; readonly use: ParameterUse }
  /** A column of the result, by its place among all of them (R5). */
  | { readonly kind: 'result'; readonly place: number; readonly name: string; readonly width: number };

/** The column has one of these values. */
export interface ConstantFact {
  readonly kind: 'constant';
  readonly ref: ColumnRef;
  readonly sources: readonly ValueSource[];
  /** Whether it fails for a row that an outer join made of NULLs. */
  readonly isStrict: boolean;
}

/** Two columns have equal values of one class. */
interface EqualFact {
  readonly kind: 'equal';
  readonly refs: readonly [ColumnRef, ColumnRef];
}

/** The column is not NULL. */
interface PresentFact {
  readonly kind: 'present';
  readonly ref: ColumnRef;
}

/** What a top-level conjunct says of the rows that satisfy it. */
export type Fact = ConstantFact | EqualFact | PresentFact;

/** The columns that are not NULL in a row that satisfies it. */
export function strictIn(fact: Fact): readonly ColumnRef[] {
  if (fact.kind === 'equal') return fact.refs;
  return fact.kind === 'present' || fact.isStrict ? [fact.ref] : [];
}

export function classOf({ column }: ColumnRef): ValueClass | undefined {
  return column.valueClass;
}
