import type { Key, ScopedCaller } from 'nest-larder';
import { dashboardKeys } from '../call-centre/call-centre.keys.js';
import { feedKeys } from '../marketplace/feed/feed.keys.js';
import { feedQuery } from '../marketplace/feed/feed.schemas.js';
import { itemKeys } from '../marketplace/items/item.keys.js';
import { itemQuery } from '../marketplace/items/item.schemas.js';
import { marketKeys } from '../marketplace/mine/market.keys.js';
import { myItemsQuery, myOffersQuery } from '../marketplace/mine/mine.schemas.js';
import { notificationKeys } from '../notifications/notification.keys.js';
import { notificationQuery } from '../notifications/notification.schemas.js';
import { productKeys } from '../releases/release.keys.js';
import { STAFF_SCOPE, staffScope } from '../sign-in/access/staff-scope.js';
import { meKey } from '../sign-in/users/profile.js';
import type { User } from '../sign-in/users/user.js';
import { tournamentKeys } from '../tournaments/tournament.keys.js';
import { tournamentQuery } from '../tournaments/tournament.schemas.js';
import { venuePages } from '../tournaments/venues/venue.keys.js';

/** The entry of a response: its key and, if callers do not share it, its caller. */
export interface EntryOfPath {
  readonly key: Key;
  readonly caller?: ScopedCaller;
}

type Query = Readonly<Record<string, string>>;

/** The key of each cached route whose responses all callers share. */
const SHARED: readonly (readonly [path: RegExp, key: (id: string, query: Query) => Key])[] = [
  [/^\/v1\/tournaments$/, (_, query) => tournamentKeys.list(tournamentQuery.parse(query))],
  [/^\/v1\/tournaments\/(\d+)$/, (id) => tournamentKeys.one(id)],
  [/^\/v1\/tournaments\/(\d+)\/entries$/, (id) => tournamentKeys.entries(id)],
  [/^\/v1\/venues$/, () => venuePages.list()],
  [/^\/v1\/venues\/(\d+)$/, (id) => venuePages.one(id)],
  [/^\/marketplace\/items$/, (_, query) => itemKeys.list(itemQuery.parse(query))],
  [/^\/marketplace\/items\/(\d+)\/state$/, (id) => itemKeys.state(id)],
  [/^\/marketplace\/feed$/, (_, query) => feedKeys.page(feedQuery.parse(query))],
];

/** The key of each cached route whose responses belong to one user. */
const OWN: readonly (readonly [path: RegExp, key: (userId: string, id: string, query: Query) => Key])[] = [
  [/^\/me$/, (userId) => meKey(userId)],
  [/^\/dashboard$/, (userId) => dashboardKeys.page(userId)],
  [/^\/notifications$/, (userId, _, query) => notificationKeys.list(userId, notificationQuery.parse(query))],
  [/^\/notifications\/unread-count$/, (userId) => notificationKeys.unreadCount(userId)],
  [/^\/marketplace\/my\/items$/, (userId, _, query) => marketKeys.items(userId, myItemsQuery.parse(query))],
  [/^\/marketplace\/my\/offers$/, (userId, _, query) => marketKeys.offers(userId, myOffersQuery.parse(query))],
  [/^\/marketplace\/items\/(\d+)\/offers$/, (_, id) => itemKeys.received(id)],
];

/** @returns undefined for a path whose response is not cached, or not for this user */
export function entryOfPath(path: string, user: User | undefined): EntryOfPath | undefined {
  try {
    const { pathname, searchParams } = new URL(path, 'http://arena');
    const query = Object.fromEntries(searchParams);
    return sharedEntry(pathname, query) ?? (user && ownEntry(pathname, query, user));
  } catch {
    // No URL, or a query that the route refuses too.
    return undefined;
  }
}

function sharedEntry(pathname: string, query: Query): EntryOfPath | undefined {
  for (const [pattern, key] of SHARED) {
    const match = pattern.exec(pathname);
    if (match !== null) return { key: key(match[1] ?? '', query) };
  }
  return undefined;
}

function ownEntry(pathname: string, query: Query, user: User): EntryOfPath | undefined {
  const staff = staffScope(user);
  if (pathname === '/v1/products' && staff !== undefined) {
    return { key: productKeys.list(), caller: { scope: STAFF_SCOPE, identity: staff } };
  }
  for (const [pattern, key] of OWN) {
    const match = pattern.exec(pathname);
    if (match !== null) {
      return { key: key(user.id, match[1] ?? '', query), caller: { scope: 'user', identity: user.id } };
    }
  }
  return undefined;
}
