import type { RangeVar } from 'libpg-query';
import type { Relation } from '../../catalog/relation.js';
import { OTHER } from '../names/ref.js';
import type { NamedRef } from '../names/scope.js';
import { underAlias } from '../names/under-alias.js';
import { Refusal } from '../sql/refusal.js';
import { readCte } from './cte-query.js';
import { Ctes } from './ctes.js';
import { COMPUTED, type NamedItem } from './level.js';
import type { Reading } from './reading.js';

/** Reads a name in FROM: a CTE, a view or a table (rule 11). */
export function readTable(reading: Reading, range: RangeVar, ctes: Ctes): Omit<NamedItem, 'inner'> {
  const { schemaname, relname = '', alias, catalogname } = range;
  const found = reading.rules.cteShadowsTable(schemaname) ? ctes.find(relname) : undefined;
  if (found !== undefined) {
    const table = { schema: undefined, name: relname };
    if (found.cte.soFar !== undefined)
      return { item: COMPUTED, namespace: underAlias(found.cte.soFar, alias, reading.rules.columnAlias, table) };
    const { query, columns } = readCte(reading, found.cte, found.visible);
    return { item: { kind: 'query', query }, namespace: underAlias(columns, alias, reading.rules.columnAlias, table) };
  }
  // Rule 13: pg_catalog is looked in first, and tells what the catalogue knows now.
  const isCatalogue = schemaname === 'information_schema' || (schemaname ?? 'pg_').startsWith('pg_');
  if (isCatalogue && (schemaname !== undefined || relname.startsWith('pg_')))
    throw new Refusal(`it reads ${relname} of the catalogue`);
  const relation = catalogname === undefined ? reading.catalog.relation(schemaname, relname) : undefined;
  if (relation === undefined) throw new Refusal(`there is no table ${relname} that its search_path finds`);
  const reason = reading.rules.relationRefusal(relation);
  if (reason !== undefined) throw new Refusal(reason);
  const table = { schema: relation.schema, name: relation.name };
  if (relation.kind === 'view') {
    const { item, columns } = readView(reading, relation);
    return { item, namespace: underAlias(columns, alias, reading.rules.columnAlias, table) };
  }
  const occurrence = reading.occurrence(relation);
  const columns = relation.columns.map((column) => ({
    name: column.name,
    ref: { kind: 'column' as const, occurrence, column },
  }));
  return {
    item: { kind: 'table', occurrence },
    namespace: underAlias(columns, alias, reading.rules.columnAlias, table),
  };
}

function readView(reading: Reading, view: Relation): { item: NamedItem['item']; columns: readonly NamedRef[] } {
  const select = reading.views.get(view.oid);
  if (select === undefined) throw new Refusal(`the view ${view.schema}.${view.name} cannot be parsed`);
  const { query, columns } = reading.query(select, undefined, Ctes.NONE);
  if (columns.length !== view.columns.length)
    throw new Refusal(`the columns of the view ${view.schema}.${view.name} cannot be told`);
  const named = view.columns.map(({ name }, index) => ({ name, ref: columns[index]?.ref ?? OTHER }));
  return { item: { kind: 'query', query }, columns: named };
}
