import type { Node, ResTarget } from 'libpg-query';
import { namesOf } from '../sql/nodes.js';

/** The name that the server gives to an item of a SELECT list; undefined where it cannot be told. */
export function outputName({ name, val }: ResTarget): string | undefined {
  return name ?? (val && nameOf(val));
}

function nameOf(node: Node): string | undefined {
  if ('ColumnRef' in node) return namesOf(node.ColumnRef.fields).at(-1);
  if ('FuncCall' in node) return namesOf(node.FuncCall.funcname).at(-1);
  if ('TypeCast' in node) {
    const inner = node.TypeCast.arg && nameOf(node.TypeCast.arg);
    if (inner !== UNNAMED) return inner;
    return namesOf(node.TypeCast.typeName?.names).at(-1);
  }
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? 'nullif' : UNNAMED;
  if ('CoalesceExpr' in node) return 'coalesce';
  if ('A_Const' in node || 'ParamRef' in node || 'BoolExpr' in node || 'NullTest' in node || 'BooleanTest' in node)
    return UNNAMED;
  if ('SubLink' in node && node.SubLink.subLinkType === 'EXISTS_SUBLINK') return 'exists';
  return undefined;
}

const UNNAMED = '?column?';
