import type { Column } from '../../catalog/relation.js';
import type { ColumnRef, Occurrence } from '../names/ref.js';
import type { Fact, ValueSource } from './fact.js';

/** A column of a table that only rows with one of these values can matter by. */
export interface Alternative {
  readonly column: Column;
  readonly sources: readonly ValueSource[];
}

/** R1: the columns of a table that facts bind to constants, by themselves or through columns that are equal. */
export function boundColumns(occurrence: Occurrence, facts: readonly Fact[]): readonly Alternative[] {
  const alternatives: Alternative[] = [];
  for (const column of columnsIn(occurrence, facts)) {
    const equals = equalTo({ kind: 'column', occurrence, column }, facts);
    for (const fact of facts) {
      if (fact.kind !== 'constant' || !equals.some((ref) => isSame(ref, fact.ref))) continue;
      alternatives.push({ column, sources: fact.sources });
    }
  }
  return alternatives;
}

function columnsIn(occurrence: Occurrence, facts: readonly Fact[]): ReadonlySet<Column> {
  const refs = facts.flatMap((fact) => (fact.kind === 'equal' ? fact.refs : [fact.ref]));
  return new Set(refs.filter((ref) => ref.occurrence === occurrence).map(({ column }) => column));
}

function equalTo(first: ColumnRef, facts: readonly Fact[]): readonly ColumnRef[] {
  const reached = [first];
  for (const ref of reached) {
    for (const fact of facts) {
      if (fact.kind !== 'equal') continue;
      const [left, right] = fact.refs;
      const next = isSame(left, ref) ? right : isSame(right, ref) ? left : undefined;
      if (next !== undefined && !reached.some((one) => isSame(one, next))) reached.push(next);
    }
  }
  return reached;
}

function isSame(one: ColumnRef, other: ColumnRef): boolean {
  return one.occurrence === other.occurrence && one.column.name === other.column.name;
}
