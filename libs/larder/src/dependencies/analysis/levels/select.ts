import type { Node, ResTarget, SelectStmt } from 'libpg-query';
import { outputName } from '../names/output-name.js';
import { OTHER, use } from '../names/ref.js';
import { type NamedRef, Scope } from '../names/scope.js';
import { shapeOf } from '../predicates/shape.js';
import { namesOf } from '../sql/nodes.js';
import { Refusal } from '../sql/refusal.js';
import { byResult, lookupsIn } from './by-result.js';
import { readCte } from './cte-query.js';
import { type Ctes, namesOfColumns } from './ctes.js';
import { ExpressionReader } from './expression.js';
import { readFrom } from './from.js';
import { COMPUTED, type Level, type NamedQuery, type Query } from './level.js';
import type { Reading } from './reading.js';

/** Reads a SELECT, a set operation or VALUES, with the queries inside. */
export function readSelect(reading: Reading, select: SelectStmt, scope: Scope | undefined, around: Ctes): NamedQuery {
  if (select.lockingClause !== undefined) throw new Refusal('it locks rows');
  if (select.intoClause !== undefined) throw new Refusal('it makes a table');
  const isOutermost = reading.isOutermost;
  const ctes = withCtes(reading, select, scope, around);
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return readBranches(reading, select, scope, ctes);
  return select.valuesLists === undefined
    ? readLevel(reading, select, scope, ctes, isOutermost)
    : readValues(reading, select, scope, ctes);
}

function withCtes(reading: Reading, { withClause }: SelectStmt, scope: Scope | undefined, around: Ctes): Ctes {
  const isRecursive = withClause?.recursive ?? false;
  let ctes = around;
  for (const node of withClause?.ctes ?? []) {
    if (!('CommonTableExpr' in node)) continue;
    const { ctename = '', ctequery, search_clause, cycle_clause } = node.CommonTableExpr;
    if (ctequery === undefined || !('SelectStmt' in ctequery)) throw new Refusal('its WITH writes');
    if (search_clause !== undefined || cycle_clause !== undefined) throw new Refusal('it uses SEARCH or CYCLE');
    const columnNames = namesOfColumns(node.CommonTableExpr);
    const cte = { name: ctename, columnNames, select: ctequery.SelectStmt, scope, isRecursive };
    // What is wrong with a query that no part reads is still said, and its parameters are still given types.
    readCte(reading, cte, ctes);
    ctes = ctes.with(cte);
  }
  return ctes;
}

function readBranches(reading: Reading, select: SelectStmt, scope: Scope | undefined, ctes: Ctes): NamedQuery {
  const { larg, rarg } = select;
  if (larg === undefined || rarg === undefined) throw new Refusal('a set operation lacks a side');
  const [left, right] = [reading.query(larg, scope, ctes), reading.query(rarg, scope, ctes)];
  const columns = left.columns.map(({ name }) => ({ name, ref: OTHER }));
  const rest = new ExpressionReader(reading, new Scope({ sources: [], columns }, scope), ctes);
  rest.read([select.sortClause, select.limitCount, select.limitOffset]);
  return { query: { kind: 'branches', queries: [left.query, right.query, ...rest.inner] }, columns };
}

function readValues(reading: Reading, select: SelectStmt, scope: Scope | undefined, ctes: Ctes): NamedQuery {
  const expressions = new ExpressionReader(reading, new Scope({ sources: [], columns: [] }, scope), ctes);
  expressions.read([select.valuesLists, select.sortClause, select.limitCount, select.limitOffset]);
  const [first] = select.valuesLists ?? [];
  const width = first !== undefined && 'List' in first ? (first.List.items ?? []).length : 0;
  return {
    query: { ...computedLevel, inner: expressions.inner },
    columns: Array.from({ length: width }, (_, index) => ({ name: `column${index + 1}`, ref: OTHER })),
  };
}

const computedLevel: Level = { kind: 'level', from: COMPUTED, facts: [], inner: [], isPlain: false, makesRows: true };

function readLevel(
  reading: Reading,
  select: SelectStmt,
  outer: Scope | undefined,
  ctes: Ctes,
  isOutermost: boolean,
): NamedQuery {
  const from = readFrom(reading, select.fromClause ?? [], outer, ctes);
  const scope = new Scope(from.namespace, outer);
  const expressions = new ExpressionReader(reading, scope, ctes);
  const targets = (select.targetList ?? []).flatMap((node) => ('ResTarget' in node ? [node.ResTarget] : []));
  const outputsByTarget = targets.map((target) => outputsOf(target, scope));
  const columns = outputsByTarget.flat();
  const { whereClause, havingClause, windowClause, limitCount, limitOffset } = select;
  expressions.read([whereClause, havingClause, windowClause, limitCount, limitOffset]);
  const outputs = new Set(columns.map(({ name }) => name));
  for (const node of select.groupClause ?? []) {
    const name = bareName(node);
    if (name === undefined || from.namespace.columns.some((column) => column.name === name) || !outputs.has(name))
      expressions.read([node]);
  }
  for (const node of [...(select.sortClause ?? []), ...(select.distinctClause ?? [])]) {
    const name = bareName('SortBy' in node ? node.SortBy.node : node);
    if (name === undefined || !outputs.has(name)) expressions.read([node]);
  }
  const lookups = isOutermost ? lookupsIn(reading, from.item) : [];
  const inner = [...from.inner, ...expressions.inner];
  const items = targets.map((target, index) => readItem(reading, target, outputsByTarget[index] ?? [], scope, ctes));
  const shape = shapeOf(select, from.namespace);
  const isPlain = reading.rules.isPlain(shape);
  return {
    query: {
      kind: 'level',
      from: from.item,
      facts: [...reading.conjuncts.facts(select.whereClause, scope)],
      inner: [...inner, ...items.flat()],
      ...(isOutermost && { byResult: byResult(reading, select, columns, items, lookups, shape) }),
      isPlain,
      makesRows: reading.rules.makesRows(shape),
    },
    columns: isPlain ? columns : columns.map(({ name }) => ({ name, ref: OTHER })),
  };
}

function outputsOf(target: ResTarget, scope: Scope): readonly NamedRef[] {
  const parts = columnParts(target);
  if (parts.at(-1) === '*') return scope.star(parts);
  return [{ name: outputName(target), ref: (parts.length > 0 && scope.column(parts)) || OTHER }];
}

/** Reads an item of the list; returns its sub-selects. */
function readItem(
  reading: Reading,
  target: ResTarget,
  outputs: readonly NamedRef[],
  scope: Scope,
  ctes: Ctes,
): readonly Query[] {
  const expressions = new ExpressionReader(reading, scope, ctes);
  if (columnParts(target).at(-1) === '*') for (const { ref } of outputs) use(ref);
  else expressions.read([target.val]);
  return expressions.inner;
}

function columnParts({ val }: ResTarget): readonly (string | undefined)[] {
  return val !== undefined && 'ColumnRef' in val ? namesOf(val.ColumnRef.fields) : [];
}

/** The name in `ORDER BY name`, which can be that of an item of the list. */
function bareName(node: Node | undefined): string | undefined {
  if (node === undefined || !('ColumnRef' in node)) return undefined;
  const names = namesOf(node.ColumnRef.fields);
  return names.length === 1 ? names[0] : undefined;
}
