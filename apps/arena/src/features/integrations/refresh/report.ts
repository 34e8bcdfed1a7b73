import { Logger } from '@nestjs/common';
import type { RefreshReport } from '../integration.schemas.js';
import { ProviderFault } from '../provider/provider-fault.js';
import { NotRefreshed, REASONS } from './not-refreshed.js';
import type { Report } from './token-refresh.js';

/** A report for the user whose accounts they are. */
export function toReport({ done, failed, skipped }: Report): RefreshReport {
  const late = { reason: 'out-of-time', detail: REASONS['out-of-time'] };
  return {
    refreshed: done.map(({ item: { provider } }) => ({ provider })),
    failed: [
      ...failed.map(({ item: { provider }, error }) => ({ provider, ...reasonOf(error) })),
      ...skipped.map(({ provider }) => ({ provider, ...late })),
    ],
  };
}

/** How many failed, by reason, such as `timed-out 1, denied 3`. */
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
  return { reason: 'failed-here', detail: 'Something went wrong in arena; it has been logged.' };
}
