import { sql } from 'drizzle-orm';
import { agentIds, agents } from '../../features/call-centre/calls/call.tables.js';
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
import type { Database } from '../../platform/database/database.js';
import { accountRows } from './accounts.js';
import { agentRows, fillCalls, fillLeads } from './call-centre.js';
import { fill, fillNumbered } from './fill.js';
import { itemRows, offerRows } from './items.js';
import { notificationRows } from './notifications.js';
import { people } from './people.js';
import { Random } from './random.js';
import { customerRows, deploymentRows, memberRows, productRows, tenantRows, versionRows } from './releases.js';
import { entryRows, tournamentRows } from './tournaments.js';
import { venueRows } from './venues.js';

/** Fills an empty database with a season of pool, the same every time; does not change any other database. */
export async function seed(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    if ((await transaction.$count(users)) > 0) return;
    const random = new Random(147);
    const tournamentsOfSeason = tournamentRows(random);
    const itemsForSale = itemRows(random);
    await fillNumbered(transaction, users, userIds, people());
    await fillNumbered(transaction, venues, venueIds, venueRows(random));
    await fillNumbered(transaction, tournaments, tournamentIds, tournamentsOfSeason);
    await fill(transaction, entries, entryRows(random, tournamentsOfSeason));
    await fillNumbered(transaction, items, itemIds, itemsForSale);
    await fillNumbered(transaction, offers, offerIds, offerRows(random, itemsForSale));
    await fillNumbered(transaction, notifications, notificationIds, notificationRows(random));
    await fillNumbered(transaction, connectedAccounts, accountIds, accountRows());
    await fillNumbered(transaction, products, productIds, productRows());
    await fillNumbered(transaction, versions, versionIds, versionRows(random));
    await fillNumbered(transaction, customers, customerIds, customerRows());
    await fillNumbered(transaction, tenants, tenantIds, tenantRows());
    await fill(transaction, tenantMembers, memberRows());
    await fillNumbered(transaction, deployments, deploymentIds, deploymentRows(random));
    await fillNumbered(transaction, agents, agentIds, agentRows());
    await fillLeads(transaction);
    await fillCalls(transaction);
    // Without statistics the server would plan queries for empty tables until its next own `analyze`.
    await transaction.execute(sql`analyze`);
  });
}
