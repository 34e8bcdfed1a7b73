import type { JoinType } from './join-type.js';
import { OTHER, type Ref } from './ref.js';

/** The column that a join makes of two that are equal, unless an outer join made NULLs of one. */
export function mergedColumn(type: JoinType, left: Ref, right: Ref): Ref {
  if (type === 'full') return { kind: 'merged', refs: [left, right] };
  const isOneClass =
    left.kind === 'column' && right.kind === 'column' && left.column.valueClass === right.column.valueClass;
  if (!isOneClass) return OTHER;
  return type === 'right' ? right : left;
}
