import type { connectedAccounts } from '../../features/integrations/account.tables.js';
import { DAY, ids, seasonPlus } from './season.js';

const ACCOUNTS = 40;

/** Accounts of the last season without tokens: their users have to connect them again. */
export function accountRows(): (typeof connectedAccounts.$inferInsert)[] {
  return ids(ACCOUNTS).map((id, index) => ({
    id,
    userId: id,
    provider: 'league',
    accountId: `season-${id}`,
    accountName: `Player ${id}`,
    status: 'reconnect',
    createdAt: seasonPlus((index - 100) * DAY),
    failure: 'denied',
    failures: 1,
  }));
}
