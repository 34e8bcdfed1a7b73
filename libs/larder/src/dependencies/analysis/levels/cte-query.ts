import { OTHER } from '../names/ref.js';
import type { Cte, Ctes } from './ctes.js';
import type { NamedQuery } from './level.js';
import type { Reading } from './reading.js';

/** Reads the query of a CTE, as often as a query names it. */
export function readCte(reading: Reading, cte: Cte, visible: Ctes): NamedQuery {
  const { select, scope, columnNames, isRecursive } = cte;
  if (!isRecursive || select.larg === undefined) return renamed(reading.query(select, scope, visible), columnNames);
  // The names of the columns come from the first branch, and the second may read the rows so far.
  const first = renamed(reading.query(select.larg, scope, visible), columnNames);
  const soFar = first.columns.map(({ name }) => ({ name, ref: OTHER }));
  return renamed(reading.query(select, scope, visible.with({ ...cte, soFar })), columnNames);
}

function renamed({ query, columns }: NamedQuery, names: readonly string[]): NamedQuery {
  return { query, columns: columns.map(({ name, ref }, index) => ({ name: names[index] ?? name, ref })) };
}
