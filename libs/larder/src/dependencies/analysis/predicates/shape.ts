import type { FuncCall, SelectStmt } from 'libpg-query';
import type { Namespace } from '../names/scope.js';
import { isAggregate } from '../sql/functions.js';
import { eachNode, namesOf } from '../sql/nodes.js';

/** What a SELECT does with the rows of its FROM. */
export interface Shape {
  readonly hasFunctions: boolean;
  /** Outside of sub-selects. */
  readonly hasOwnFunctions: boolean;
  readonly hasClauses: boolean;
  readonly hasAggregates: boolean;
  /** Whether each row of the result is made of one row of FROM or more. */
  readonly groups: boolean;
}

export function shapeOf(select: SelectStmt, namespace: Namespace): Shape {
  const { groupClause = [], havingClause, distinctClause, windowClause, limitCount, limitOffset } = select;
  const lists = [select.targetList, select.sortClause];
  const clauses = [havingClause, distinctClause, windowClause, limitCount, limitOffset];
  return {
    hasFunctions: contains(lists, (tag) => tag === 'FuncCall' || /^(Json|Xml|Grouping)/.test(tag)),
    hasOwnFunctions: contains(
      lists,
      (tag, _, isInside) => !isInside && (tag === 'FuncCall' || /^(Json|Xml|Grouping)/.test(tag)),
    ),
    hasClauses: groupClause.length > 0 || clauses.some((clause) => clause !== undefined),
    hasAggregates:
      havingClause !== undefined ||
      groupClause.length > 0 ||
      contains(lists, (tag, content, isInside) => {
        if (/^Json.*Agg$/.test(tag)) return true;
        return tag === 'FuncCall' && isAggregate(content) && (!isInside || mayBeOf(content, namespace));
      }),
    groups: groupClause.length > 0 && !groupClause.some((node) => 'GroupingSet' in node),
  };
}

/** Whether an aggregate in a sub-select is one of this level: it is if all its columns are. */
function mayBeOf({ args, agg_filter, agg_order }: FuncCall, { sources, columns }: Namespace): boolean {
  const refs: (string | undefined)[][] = [];
  contains([args, agg_filter, agg_order], (tag, content) => {
    if (tag === 'ColumnRef') refs.push(namesOf((content as { fields?: never[] }).fields));
    return false;
  });
  const isHere = (parts: readonly (string | undefined)[]) =>
    parts.length === 1
      ? [...columns, ...sources].some(({ name }) => name === undefined || name === parts[0])
      : sources.some(({ name }) => name === parts.at(-2));
  return refs.length > 0 && refs.every(isHere);
}

function contains(part: unknown, matches: (tag: string, content: object, isInside: boolean) => boolean): boolean {
  let found = false;
  const visit =
    (isInside: boolean) =>
    (tag: string, content: object): void => {
      found ||= matches(tag, content, isInside);
      if (!found) eachNode(content, visit(isInside || tag === 'SubLink'));
    };
  eachNode(part, visit(false));
  return found;
}
