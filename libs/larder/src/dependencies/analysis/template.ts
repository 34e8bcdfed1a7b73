import type { ParseResult, SelectStmt } from 'libpg-query';
import type { Catalog } from '../catalog/catalog.js';
import type { UsedColumn } from './analysis.js';
import { Ctes } from './levels/ctes.js';
import { Reading, type Views } from './levels/reading.js';
import { readSelect } from './levels/select.js';
import { type Bound, settle } from './levels/settle.js';
import type { Alternative } from './predicates/closure.js';
import type { ParameterUses } from './predicates/parameters.js';
import type { Rules } from './rules.js';
import { Refusal } from './sql/refusal.js';
import { showTable } from './table.js';

/** A place where a statement reads a table. */
export interface Place {
  readonly table: string;
  /** The columns whose values tell which rows matter there, whatever the parameters. */
  readonly alternatives: readonly Alternative[];
}

/** What the text of a statement says, whatever its parameters. */
export interface Template {
  readonly places: readonly Place[];
  readonly columns: readonly UsedColumn[];
  readonly timeDependent: boolean;
  /** Whether its dependencies are found by the rows of a result (R5). */
  readonly needsRows: boolean;
  /** The tables that no column narrows in at least one place. */
  readonly unnarrowed: readonly string[];
}

/** @throws Refusal if what it reads cannot be told */
export function templateOf(tree: ParseResult, catalog: Catalog, views: Views, rules: Rules): Template {
  const reading = new Reading(catalog, views, rules, readSelect);
  const select = selectIn(tree);
  const bounds = select === undefined ? [] : settle(reading.query(select, undefined, Ctes.NONE).query, [], rules);
  reading.checkOperators();
  const { parameters, occurrences, isTimeDependent } = reading;
  const places = bounds.map((bound) => placeOf(bound, parameters, rules));
  const unnarrowed = places.filter(({ alternatives }) => alternatives.length === 0);
  return {
    places,
    columns: usedColumns(occurrences, rules),
    timeDependent: isTimeDependent,
    needsRows: places.some(({ alternatives }) =>
      alternatives.some(({ sources }) => sources.some(({ kind }) => kind === 'result')),
    ),
    unnarrowed: [...new Set(unnarrowed.map(({ table }) => table))],
  };
}

function placeOf({ occurrence, alternatives }: Bound, parameters: ParameterUses, rules: Rules): Place {
  const isUsable = ({ column, sources }: Alternative) =>
    column.valueClass !== undefined &&
    sources.every((source) => !('number' in source) || rules.parameterFits(parameters.of(source.number), source.use));
  return { table: showTable(occurrence.relation), alternatives: alternatives.filter(isUsable) };
}

/** The one SELECT of a text; undefined if it begins, ends or divides a transaction, or is empty. */
function selectIn({ stmts = [] }: ParseResult): SelectStmt | undefined {
  if (stmts.length > 1) throw new Refusal('it has several statements');
  const statement = stmts[0]?.stmt;
  if (statement === undefined || 'TransactionStmt' in statement) return undefined;
  if ('SelectStmt' in statement) return statement.SelectStmt;
  throw new Refusal(`it is not a SELECT but a ${Object.keys(statement)[0]?.replace(/Stmt$/, '')}`);
}

/** R8. A table that is counted only has no used column. */
function usedColumns(occurrences: Reading['occurrences'], rules: Rules): UsedColumn[] {
  const used = new Map<string, UsedColumn>();
  for (const { relation, used: columns } of occurrences) {
    const table = showTable(relation);
    for (const column of rules.usedColumns([...columns])) used.set(`${table}\0${column}`, { table, column });
  }
  return [...used.values()];
}
