/** What the change feed watches besides the tables of the rules. */
interface WatchedTable {
  readonly table: { readonly schema: string; readonly name: string };
  readonly columns: readonly string[];
}

/**
 * The tables that cached methods read with `dependsOn: 'queries'`, and the columns by which their queries find rows. Larder learns
 * both from the queries; named here, a new database has the triggers from its first start.
 */
export const watchedTables: readonly WatchedTable[] = [
  watched('agents', 'id', 'user_id'),
  watched('calls', 'user_id'),
  watched('entries', 'tournament_id'),
  watched('items', 'id', 'seller_id', 'status'),
  watched('leads', 'user_id'),
  watched('notifications', 'user_id'),
  watched('offers', 'item_id', 'bidder_id'),
  watched('tournaments', 'id', 'venue_id', 'status'),
  watched('users', 'id'),
  watched('venues', 'id'),
];

function watched(name: string, ...columns: string[]): WatchedTable {
  return { table: { schema: 'public', name }, columns };
}
