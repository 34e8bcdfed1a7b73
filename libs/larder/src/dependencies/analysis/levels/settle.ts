import type { Occurrence } from '../names/ref.js';
import { type Alternative, boundColumns } from '../predicates/closure.js';
import { type Fact, strictIn } from '../predicates/fact.js';
import type { Rules } from '../rules.js';
import { shownFacts } from './by-result.js';
import type { ByResult, Item, JoinItem, Level, Query, QueryItem } from './level.js';

/** A place where a query reads a table, with the columns that bind the rows that matter there. */
export interface Bound {
  readonly occurrence: Occurrence;
  readonly alternatives: readonly Alternative[];
}

/**
 * For each table that a query reads, the facts that every row that matters satisfies.
 *
 * A row of `t` that fails a fact of this kind, before and after a change, is in no row of the result, and the row that it keeps an outer
 * join from making has NULL in place of `t`, which fails the same fact.
 *
 * @param facts of the levels around it: they hold where its result matters (R1)
 */
export function settle(query: Query, facts: readonly Fact[], rules: Rules): readonly Bound[] {
  if (query.kind === 'branches') return query.queries.flatMap((branch) => settle(branch, facts, rules));
  const required = [...facts, ...query.facts];
  const held = query.makesRows ? facts : [...required, ...guaranteed(query.from, rules)];
  const around = rules.constantsFromAround(held);
  const { byResult } = query;
  const listed = new Set(byResult?.listed);
  return [
    ...settleItem(query.from, required, rules, byResult),
    ...query.inner.flatMap((inner) =>
      settle(inner, listed.has(inner) ? [...around, ...(byResult?.facts ?? [])] : around, rules),
    ),
  ];
}

function settleItem(
  item: Item,
  required: readonly Fact[],
  rules: Rules,
  byResult: ByResult | undefined,
): readonly Bound[] {
  const shown = (occurrence: Occurrence) => (byResult === undefined ? [] : shownFacts(byResult, occurrence));
  switch (item.kind) {
    case 'computed':
      return [];
    case 'table':
      return [
        {
          occurrence: item.occurrence,
          alternatives: boundColumns(item.occurrence, [...required, ...shown(item.occurrence)]),
        },
      ];
    case 'query':
      return settle(item.query, required, rules);
    case 'join':
      return settleJoin(item, required, rules, byResult);
  }
}

function settleJoin(
  join: JoinItem,
  required: readonly Fact[],
  rules: Rules,
  byResult: ByResult | undefined,
): readonly Bound[] {
  const { left, right } = join;
  const type = rules.reducedJoin(join.type, isRequired(left, required), isRequired(right, required));
  const counts = rules.onCountsFor(type);
  const forSide = (does: boolean, sibling: Item) =>
    does ? [...required, ...join.facts, ...guaranteed(sibling, rules)] : required;
  return [
    ...settleItem(left, forSide(counts.left, right), rules, byResult),
    ...settleItem(right, forSide(counts.right, left), rules, byResult),
  ];
}

/** R6: whether a row that has NULL in place of this side fails a fact that is required. */
function isRequired(side: Item, required: readonly Fact[]): boolean {
  const within = new Set(occurrencesIn(side));
  return required.some((fact) => strictIn(fact).some(({ occurrence }) => within.has(occurrence)));
}

function occurrencesIn(item: Item): readonly Occurrence[] {
  if (item.kind === 'table') return [item.occurrence];
  if (item.kind === 'join') return [...occurrencesIn(item.left), ...occurrencesIn(item.right)];
  return isPlain(item) ? occurrencesIn(item.query.from) : [];
}

/** What all rows satisfy that an item gives, and all rows that it is made of. */
function guaranteed(item: Item, rules: Rules): readonly Fact[] {
  if (isPlain(item)) return [...item.query.facts, ...guaranteed(item.query.from, rules)];
  if (item.kind !== 'join') return [];
  const { on, left, right } = rules.guarantees(item.type);
  return [
    ...(on ? item.facts : []),
    ...(left ? guaranteed(item.left, rules) : []),
    ...(right ? guaranteed(item.right, rules) : []),
  ];
}

function isPlain(item: Item): item is QueryItem & { query: Level } {
  return item.kind === 'query' && item.query.kind === 'level' && item.query.isPlain;
}
