import { Logger } from '@nestjs/common';
import type { ConnectedAccount, RefreshReport } from '../integration.schemas.js';
import { ProviderFault } from '../provider/provider-fault.js';
import { NotRefreshed, REASONS } from './not-refreshed.js';
import type { Report, UserReport } from './token-refresh.js';

/**
 * A refresh report for the user who owns the accounts.
 *
 * @param accounts all accounts of the user, read after the refresh
 */
export function toReport(
  { done, failed, skipped, unknown }: UserReport,
  accounts: readonly ConnectedAccount[],
): RefreshReport {
  const isDone = ({ provider, accountId }: ConnectedAccount) =>
    done.some(({ item }) => item.provider === provider && item.accountId === accountId);
  return {
    refreshed: accounts.filter(isDone),
    failed: [
      ...failed.map(({ item: { provider, accountId }, error }) => ({ provider, accountId, ...reasonOf(error) })),
      ...skipped.map(({ provider, accountId }) => ({ provider, accountId, ...because('out-of-time') })),
      ...unknown.map((name) => ({ ...name, ...because('not-connected') })),
    ],
  };
}

function because(reason: keyof typeof REASONS): { reason: string; detail: string } {
  return { reason, detail: REASONS[reason] };
}

/** Failures by reason, such as `timed-out 1, denied 3`. */
export function failuresOf({ failed }: Report): string {
  const counts = new Map<string, number>();
  for (const { error } of failed) {
    const { reason } = reasonOf(error);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}

function reasonOf(error: unknown): { reason: string; detail: string } {
  if (error instanceof ProviderFault) return { reason: error.kind, detail: error.message };
  if (error instanceof NotRefreshed) return { reason: error.reason, detail: error.message };
  new Logger('TokenRefresh').error(error);
  return { reason: 'failed-here', detail: 'Internal error of arena; see its log.' };
}
