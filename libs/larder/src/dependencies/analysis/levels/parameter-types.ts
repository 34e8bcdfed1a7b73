import type { A_Expr, Node } from 'libpg-query';
import type { ValueClass } from '../../catalog/value-class.js';
import type { Scope } from '../names/scope.js';
import { castClass } from '../predicates/values.js';
import { isArrayType, namesOf, operatorOf } from '../sql/nodes.js';
import type { Reading } from './reading.js';

const COMPARISONS: ReadonlySet<string | undefined> = new Set(['=', '<', '>', '<=', '>=', '<>']);

/**
 * Rule 9: notes the types that parameters get from the columns that they are compared with.
 *
 * @returns the parameters that were noted
 */
export function notePairs(reading: Reading, { kind, name, lexpr, rexpr }: A_Expr, scope: Scope): ReadonlySet<Node> {
  const noted = new Set<Node>();
  const isComparison = COMPARISONS.has(operatorOf(name)) || (kind?.includes('BETWEEN') ?? false);
  if (!isComparison || lexpr === undefined || rexpr === undefined) return noted;

  const note = (node: Node, valueClass: ValueClass | undefined, isArray: boolean) => {
    if (!('ParamRef' in node)) return;
    noted.add(node);
    const use = valueClass === undefined ? 'other' : isArray ? (`${valueClass}[]` as const) : valueClass;
    reading.parameters.note(node.ParamRef.number ?? 0, use);
  };
  const pair = (left: Node, right: Node, isArray = false) => {
    note(right, classOfColumn(reading, left, scope), isArray);
    if (!isArray) note(left, classOfColumn(reading, right, scope), false);
  };

  if ('RowExpr' in lexpr) {
    const rows = 'RowExpr' in rexpr ? [rexpr] : 'List' in rexpr ? (rexpr.List.items ?? []) : [];
    for (const row of rows) {
      if (!('RowExpr' in row)) continue;
      row.RowExpr.args?.forEach((right, index) => {
        const left = lexpr.RowExpr.args?.[index];
        if (left !== undefined) pair(left, right);
      });
    }
  } else if ('List' in rexpr) {
    const items = rexpr.List.items ?? [];
    const valueClass = classOfColumn(reading, lexpr, scope);
    // One type is found for all values of a list: only values of the class leave the parameters theirs.
    const isUniform = valueClass !== undefined && reading.values.list(items, valueClass) !== undefined;
    for (const item of items) note(item, isUniform ? valueClass : undefined, false);
  } else {
    pair(lexpr, rexpr, kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL');
  }
  return noted;
}

function classOfColumn(reading: Reading, node: Node, scope: Scope): ValueClass | undefined {
  if ('TypeCast' in node) {
    const { typeName } = node.TypeCast;
    return typeName === undefined || isArrayType(typeName) ? undefined : castClass(typeName, reading.catalog);
  }
  if (!('ColumnRef' in node)) return undefined;
  const ref = scope.column(namesOf(node.ColumnRef.fields));
  return ref?.kind === 'column' ? ref.column.valueClass : undefined;
}
