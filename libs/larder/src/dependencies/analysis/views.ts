import type { SelectStmt } from 'libpg-query';
import type { Catalog } from '../catalog/catalog.js';
import type { Views } from './levels/reading.js';
import type { Parser } from './sql/parser.js';

/** Parses the definitions of all views; one that cannot be parsed is left out. */
export async function parseViews(catalog: Catalog, parser: Parser): Promise<Views> {
  const views = new Map<number, SelectStmt>();
  for (const { oid, definition } of catalog.views()) {
    const parsed = await parser.parse(definition);
    const statement = 'tree' in parsed ? parsed.tree.stmts?.[0]?.stmt : undefined;
    if (statement !== undefined && 'SelectStmt' in statement) views.set(oid, statement.SelectStmt);
  }
  return views;
}
