import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { REPOSITORY } from '../support/program.js';

const FEATURES = 'apps/arena/src/features';

/** Options that a reader wants to see in use: what to look for, in which file of arena, and the page that explains it. */
const USES: readonly (readonly [use: string, file: string, page: string])[] = [
  ['fastLane: true', `${FEATURES}/tournaments/venues/venues.controller.ts`, 'http.md'],
  ['jitter:', `${FEATURES}/tournaments/venues/venues.controller.ts`, 'caching.md'],
  ['apiKey(', `${FEATURES}/tournaments/venues/venue.keys.ts`, 'keys.md'],
  ['venueKey(', `${FEATURES}/tournaments/venues/venue.keys.ts`, 'keys.md'],
  ['userKey(', `${FEATURES}/marketplace/mine/market.keys.ts`, 'keys.md'],
  ['staleIfError:', `${FEATURES}/marketplace/feed/feed.controller.ts`, 'freshness.md'],
  ['softTimeout:', `${FEATURES}/marketplace/feed/feed.controller.ts`, 'freshness.md'],
  ['hardTimeout:', `${FEATURES}/marketplace/feed/feed.controller.ts`, 'freshness.md'],
  ['refreshAhead:', `${FEATURES}/tournaments/tournaments.controller.ts`, 'freshness.md'],
  ['staleWhileRevalidate:', `${FEATURES}/marketplace/items/item.keys.ts`, 'freshness.md'],
  ['cacheNull: true', `${FEATURES}/call-centre/teams.ts`, 'freshness.md'],
  ["consistency: 'strong'", `${FEATURES}/releases/memberships.ts`, 'consistency.md'],
  ['deferInvalidations(', `${FEATURES}/marketplace/offers/sales.ts`, 'write-through.md'],
  ["dependsOn: 'queries'", `${FEATURES}/notifications/notifications.controller.ts`, 'automatic-dependencies.md'],
  ['unchangedOn:', `${FEATURES}/marketplace/marketplace.controller.ts`, 'write-through.md'],
  ['strictScope: true', 'apps/arena/src/arena.module.ts', 'isolation.md'],
  ['scopes:', 'apps/arena/src/arena.module.ts', 'isolation.md'],
  ['user_ids', `${FEATURES}/admin/warming/warming.ts`, 'warming.md'],
  ['delivered', `${FEATURES}/admin/cache-admin.controller.ts`, 'steering.md'],
  ['dueWithin(', `${FEATURES}/marketplace/offers/offer-expiry.ts`, 'deadlines.md'],
];

it.each(USES)('%s is used in %s, and %s links there', async (use, file, page) => {
  expect(await readFile(join(REPOSITORY, file), 'utf8')).toContain(use);
  expect(await readFile(join(REPOSITORY, 'docs', page), 'utf8')).toContain(`](../${file})`);
});
