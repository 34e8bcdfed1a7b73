import type { Node, SelectStmt } from 'libpg-query';
import type { ColumnRef, Occurrence } from '../names/ref.js';
import type { NamedRef } from '../names/scope.js';
import type { ConstantFact } from '../predicates/fact.js';
import type { Shape } from '../predicates/shape.js';
import { literalOf, namesOf } from '../sql/nodes.js';
import type { ByResult, Item, JoinItem, Lookup, Query } from './level.js';
import type { Reading } from './reading.js';

/**
 * R5: a sub-select of the list matters by the rows that the result shows, if the result has no other rows because of it. The same
 * holds for a table that adds nothing but values to the list.
 */
export function byResult(
  { rules }: Reading,
  select: SelectStmt,
  columns: readonly NamedRef[],
  items: readonly (readonly Query[])[],
  lookups: readonly Lookup[],
  shape: Shape,
): ByResult | undefined {
  if (!rules.showsItsRows(shape, select)) return undefined;
  const facts = columns.flatMap(({ name, ref }, place): ConstantFact[] => {
    if (ref.kind !== 'column' || name === undefined) return [];
    const source = { kind: 'result', place, name, width: columns.length } as const;
    return [{ kind: 'constant', ref, sources: [source], isStrict: false }];
  });
  const sorted = sortedBy(select, columns);
  const listed = rules.sortsByItem(sorted) ? [] : items.flat();
  return { facts, listed, lookups };
}

/** Whether ORDER BY names or counts an item of the list that is no column: it may be a sub-select. */
function sortedBy({ sortClause = [] }: SelectStmt, columns: readonly NamedRef[]): boolean {
  return sortClause.some((node) => {
    const by = 'SortBy' in node ? node.SortBy.node : node;
    if (by !== undefined && 'A_Const' in by) return columns[Number(textOf(by)) - 1]?.ref.kind !== 'column';
    const [name, ...rest] = by !== undefined && 'ColumnRef' in by ? namesOf(by.ColumnRef.fields) : [];
    return rest.length === 0 && columns.some((column) => column.name === name && column.ref.kind !== 'column');
  });
}

function textOf(node: Node): string | undefined {
  const literal = 'A_Const' in node ? literalOf(node.A_Const) : undefined;
  return literal?.kind === 'number' ? literal.text : undefined;
}

/** The tables of a FROM that are joined by their primary key, and used by nothing else so far. */
export function lookupsIn(reading: Reading, item: Item): readonly Lookup[] {
  if (item.kind !== 'join') return [];
  const own = [...lookup(reading, item, item.left), ...lookup(reading, item, item.right)];
  return [...own, ...lookupsIn(reading, item.left), ...lookupsIn(reading, item.right)];
}

function lookup({ rules }: Reading, join: JoinItem, side: Item): readonly Lookup[] {
  const [fact] = join.facts;
  if (side.kind !== 'table' || !join.isWhole || fact?.kind !== 'equal') return [];
  const { occurrence } = side;
  const [one, other] = fact.refs;
  const [key, from] = one.occurrence === occurrence ? [one, other] : [other, one];
  if (key.occurrence !== occurrence || from.occurrence === occurrence) return [];
  const isReferenced = isForeignKey(from, key);
  const isPreserved = (join.type === 'left' && side === join.right) || (join.type === 'right' && side === join.left);
  const { primaryKey, hasChildren } = occurrence.relation;
  const isLookup = rules.isLookup({
    isKey: primaryKey.length === 1 && primaryKey[0] === key.column.name && !hasChildren,
    isUsedOnce: occurrence.uses === 1,
    isPreserved,
    isReferenced: isReferenced && join.type === 'inner',
  });
  return isLookup ? [{ occurrence, isReferenced }] : [];
}

/** A table that others inherit from has rows that its foreign keys do not check. */
function isForeignKey({ occurrence, column }: ColumnRef, key: ColumnRef): boolean {
  const { foreignKeys, hasChildren } = occurrence.relation;
  return (
    !hasChildren &&
    foreignKeys.some(
      ({ columns, target, targetColumns }) =>
        target === key.occurrence.relation.oid &&
        columns.length === 1 &&
        columns[0] === column.name &&
        targetColumns[0] === key.column.name,
    )
  );
}

/**
 * What the result says of the rows of a table: by other tables' columns, and by its own key where a later row cannot fill it. Its
 * other columns change with the row, and a NULL of theirs is no value.
 */
export function shownFacts({ facts, lookups }: ByResult, occurrence: Occurrence): readonly ConstantFact[] {
  const found = lookups.find((one) => one.occurrence === occurrence);
  if (found === undefined) return [];
  const [key] = occurrence.relation.primaryKey;
  return facts.filter(({ ref }) => ref.occurrence !== occurrence || (found.isReferenced && ref.column.name === key));
}
