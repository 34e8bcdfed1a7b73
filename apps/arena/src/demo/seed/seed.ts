import { type InferInsertModel, sql } from 'drizzle-orm';
import type { PgSequence, PgTable } from 'drizzle-orm/pg-core';
import { agentIds, agents, calls, leads } from '../../features/call-centre/calls/call.tables.js';
import { accountIds, connectedAccounts } from '../../features/integrations/account.tables.js';
import { itemIds, items, offerIds, offers } from '../../features/marketplace/items/item.tables.js';
import { notificationIds, notifications } from '../../features/notifications/notification.table.js';
import {
  customerIds,
  customers,
  deploymentIds,
  deployments,
  productIds,
  products,
  tenantIds,
  tenantMembers,
  tenants,
  versionIds,
  versions,
} from '../../features/releases/release.tables.js';
import { userIds, users } from '../../features/sign-in/users/user.tables.js';
import { entries, tournamentIds, tournaments, venueIds, venues } from '../../features/tournaments/tournament.tables.js';
import type { Database, Transaction } from '../../platform/database/database.js';
import { type Progress, silently } from '../../platform/lifecycle/progress.js';
import { accountRows } from './accounts.js';
import { agentRows, CALLS, fillCalls, fillLeads, LEADS } from './call-centre.js';
import { fill, fillNumbered } from './fill.js';
import { itemRows, offerRows } from './items.js';
import { notificationRows } from './notifications.js';
import { people } from './people.js';
import { Random } from './random.js';
import { customerRows, deploymentRows, memberRows, productRows, tenantRows, versionRows } from './releases.js';
import { entryRows, tournamentRows } from './tournaments.js';
import { venueRows } from './venues.js';

/** Inserts some rows of the demo data. */
interface Part {
  readonly table: PgTable;
  readonly rows: number;
  readonly fill: (transaction: Transaction) => Promise<void>;
}

/** A part with fewer rows than this is not worth a line. */
const REPORTED = 5_000;

/** Fills an empty database with a season of pool, the same every time; does not change any other database. */
export async function seed(database: Database, progress: Progress = silently): Promise<void> {
  await database.transaction(async (transaction) => {
    if ((await transaction.$count(users)) > 0) return;
    await withoutReferenceChecks(transaction);
    const parts = season();
    const total = parts.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en');
    let seeded = 0;
    for (const part of parts) {
      await part.fill(transaction);
      seeded += part.rows;
      if (part.rows >= REPORTED) progress(`Demo data: ${seeded.toLocaleString('en')} of ${total} rows.`);
    }
    // Without statistics the server would plan queries for empty tables until its next own `analyze`.
    await transaction.execute(
      sql`analyze ${sql.join(
        parts.map(({ table }) => sql`${table}`),
        sql`, `,
      )}`,
    );
  });
}

/**
 * Turns off the checks of foreign keys until the transaction ends, where the role may: they take half the time, and all references
 * of the demo data are right.
 */
async function withoutReferenceChecks(transaction: Transaction): Promise<void> {
  await transaction.execute(sql`
    select set_config('session_replication_role', 'replica', true)
    where has_parameter_privilege('session_replication_role', 'set')`);
}

/** All parts, in the order of their references. Random rows are made here, always in the same order. */
function season(): Part[] {
  const random = new Random(147);
  const tournamentsOfSeason = tournamentRows(random);
  const itemsForSale = itemRows(random);
  return [
    numbered(users, userIds, people()),
    numbered(venues, venueIds, venueRows(random)),
    numbered(tournaments, tournamentIds, tournamentsOfSeason),
    unnumbered(entries, entryRows(random, tournamentsOfSeason)),
    numbered(items, itemIds, itemsForSale),
    numbered(offers, offerIds, offerRows(random, itemsForSale)),
    numbered(notifications, notificationIds, notificationRows(random)),
    numbered(connectedAccounts, accountIds, accountRows()),
    numbered(products, productIds, productRows()),
    numbered(versions, versionIds, versionRows(random)),
    numbered(customers, customerIds, customerRows()),
    numbered(tenants, tenantIds, tenantRows()),
    unnumbered(tenantMembers, memberRows()),
    numbered(deployments, deploymentIds, deploymentRows(random)),
    numbered(agents, agentIds, agentRows()),
    { table: leads, rows: LEADS, fill: fillLeads },
    { table: calls, rows: CALLS, fill: fillCalls },
  ];
}

function numbered<Table extends PgTable>(
  table: Table,
  sequence: PgSequence,
  rows: readonly InferInsertModel<Table>[],
): Part {
  return { table, rows: rows.length, fill: (transaction) => fillNumbered(transaction, table, sequence, rows) };
}

function unnumbered<Table extends PgTable>(table: Table, rows: readonly InferInsertModel<Table>[]): Part {
  return { table, rows: rows.length, fill: (transaction) => fill(transaction, table, rows) };
}
