import type { Alias } from 'libpg-query';
import { namesOf } from '../sql/nodes.js';
import type { NamedRef, Namespace } from './scope.js';

/** Columns under a new name, and new names of their own (rule 11). */
export function underAlias(
  columns: readonly NamedRef[],
  alias: Alias | undefined,
  columnAlias: (alias: string | undefined, name: string | undefined) => string | undefined,
  table?: { readonly schema: string | undefined; readonly name: string },
): Namespace {
  const names = namesOf(alias?.colnames);
  const named = columns.map(({ name, ref }, index) => ({ name: columnAlias(names[index], name), ref }));
  const source = {
    name: alias?.aliasname ?? table?.name,
    schema: alias === undefined ? table?.schema : undefined,
    columns: named,
  };
  return { sources: [source], columns: named };
}
