import type { JoinExpr, Node } from 'libpg-query';
import type { JoinType } from '../names/join-type.js';
import { use } from '../names/ref.js';
import { beside, EMPTY, type NamedRef, type Namespace, Scope } from '../names/scope.js';
import { underAlias } from '../names/under-alias.js';
import { equal } from '../predicates/conjuncts.js';
import type { Fact } from '../predicates/fact.js';
import { namesOf } from '../sql/nodes.js';
import { Refusal } from '../sql/refusal.js';
import type { Ctes } from './ctes.js';
import { ExpressionReader } from './expression.js';
import { readFunction } from './function-item.js';
import { COMPUTED, type NamedItem } from './level.js';
import type { Reading } from './reading.js';
import { readTable } from './table-item.js';

interface Place {
  readonly reading: Reading;
  readonly outer: Scope | undefined;
  readonly ctes: Ctes;
}

const TYPES: Readonly<Record<string, JoinType>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
};

/** Reads a FROM: its items are an inner join without condition. */
export function readFrom(reading: Reading, nodes: readonly Node[], outer: Scope | undefined, ctes: Ctes): NamedItem {
  const place = { reading, outer, ctes };
  let all: NamedItem = { item: COMPUTED, namespace: EMPTY, inner: [] };
  for (const node of nodes) {
    const next = readItem(place, node, all.namespace);
    all = {
      item:
        all.item === COMPUTED
          ? next.item
          : { kind: 'join', type: 'inner', left: all.item, right: next.item, facts: [], isWhole: false },
      namespace: beside(all.namespace, next.namespace),
      inner: [...all.inner, ...next.inner],
    };
  }
  return all;
}

/** @param left what LATERAL sees */
function readItem(place: Place, node: Node, left: Namespace): NamedItem {
  const { reading, outer, ctes } = place;
  if ('RangeVar' in node) return { ...readTable(reading, node.RangeVar, ctes), inner: [] };
  if ('JoinExpr' in node) return readJoin(place, node.JoinExpr, left);
  if ('RangeFunction' in node) return readFunction(reading, node.RangeFunction, new Scope(left, outer), ctes);
  if ('RangeSubselect' in node) {
    const { subquery, alias, lateral } = node.RangeSubselect;
    if (subquery === undefined || !('SelectStmt' in subquery)) throw new Refusal('it has a sub-select that is none');
    const { query, columns } = reading.query(subquery.SelectStmt, lateral ? new Scope(left, outer) : outer, ctes);
    return {
      item: { kind: 'query', query },
      namespace: underAlias(columns, alias, place.reading.rules.columnAlias),
      inner: [],
    };
  }
  // Rule 13: a sample is another one each time.
  if ('RangeTableSample' in node) throw new Refusal('it uses TABLESAMPLE');
  throw new Refusal(`its FROM uses ${Object.keys(node)[0]}, which is not followed`);
}

function readJoin(place: Place, join: JoinExpr, around: Namespace): NamedItem {
  const { larg, rarg, quals, alias } = join;
  const type = TYPES[join.jointype ?? 'JOIN_INNER'];
  if (larg === undefined || rarg === undefined || type === undefined)
    throw new Refusal('it has a join of another kind');
  const left = readItem(place, larg, around);
  const right = readItem(place, rarg, beside(around, left.namespace));
  const merged = mergedColumns(place, join, type, left.namespace, right.namespace);

  const scope = new Scope(beside(left.namespace, right.namespace), place.outer);
  const expressions = new ExpressionReader(place.reading, scope, place.ctes);
  expressions.read([quals]);
  const facts = [...merged.facts, ...place.reading.conjuncts.facts(quals, scope)];

  const isMerged = ({ name }: NamedRef) => merged.columns.some((column) => column.name === name);
  const columns = [
    ...merged.columns,
    ...[...left.namespace.columns, ...right.namespace.columns].filter((column) => !isMerged(column)),
  ];
  const using = join.join_using_alias?.aliasname;
  const sources = [
    ...left.namespace.sources,
    ...right.namespace.sources,
    ...(using === undefined ? [] : [{ name: using, schema: undefined, columns: merged.columns }]),
  ];
  return {
    item: { kind: 'join', type, left: left.item, right: right.item, facts, isWhole: isWhole(join, facts) },
    namespace: alias === undefined ? { sources, columns } : underAlias(columns, alias, place.reading.rules.columnAlias),
    inner: [...left.inner, ...right.inner, ...expressions.inner],
  };
}

/** R7: the columns that USING or NATURAL makes of two. */
function mergedColumns(
  { reading }: Place,
  { usingClause, isNatural }: JoinExpr,
  type: JoinType,
  left: Namespace,
  right: Namespace,
): { columns: readonly NamedRef[]; facts: readonly Fact[] } {
  const names = isNatural ? commonNames(left, right) : namesOf(usingClause);
  if (names.length > 0) reading.noteOperator('=');
  const facts: Fact[] = [];
  const columns = names.map((name) => {
    const one = new Scope(left, undefined).column([name]);
    const other = new Scope(right, undefined).column([name]);
    if (one === undefined || other === undefined) throw new Refusal(`what USING (${name}) joins cannot be told`);
    use(one);
    use(other);
    facts.push(...equal(one, other));
    return { name, ref: reading.rules.mergedColumn(type, one, other) };
  });
  return { columns, facts };
}

function commonNames(left: Namespace, right: Namespace): string[] {
  const names = left.columns.map(({ name }) => name);
  if ([...left.columns, ...right.columns].some(({ name }) => name === undefined))
    throw new Refusal('what NATURAL JOIN joins cannot be told');
  return names.filter((name): name is string => right.columns.some((column) => column.name === name));
}

/** Whether an ON or USING is one comparison, which is known. */
function isWhole({ quals, usingClause, isNatural }: JoinExpr, facts: readonly Fact[]): boolean {
  if (isNatural || facts.length !== 1) return false;
  return quals === undefined ? usingClause?.length === 1 : 'A_Expr' in quals;
}
