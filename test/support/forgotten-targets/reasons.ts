import type { DeclaredTarget } from './target.js';

/** Targets that the audit cannot find, by what declares them, and why. */
const REASONS: Readonly<Record<string, string>> = {
  'ItemViews.write': 'views may appear late (`audit: false`); needed only if the answer to a batch of views was lost',
  'NewDay.begin':
    'an assertion of warm-dashboards.spec notices it; under the audit that spec fails earlier, because it counts statements',
  'Deployments.refresh': 'a reload on request: nothing has changed',
};

/** Why the audit need not find a target. */
export function reasonFor({ owner }: DeclaredTarget): string | undefined {
  return REASONS[owner];
}
