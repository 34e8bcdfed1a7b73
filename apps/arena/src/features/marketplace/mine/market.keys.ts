import { type Tag, tag, userKey } from 'nest-larder';
import type { MyItemsQuery, MyOffersQuery } from './mine.schemas.js';

/** What a user sells and bids for: below that user's key. */
export const marketKeys = {
  items: (userId: string) => userKey(userId, 'market', 'items'),
  itemPage: (userId: string, { status, page, perPage }: MyItemsQuery) =>
    userKey(userId, 'market', 'items', { status }, { page, perPage }),
  offers: (userId: string) => userKey(userId, 'market', 'offers'),
  offerPage: (userId: string, { status, page, perPage }: MyOffersQuery) =>
    userKey(userId, 'market', 'offers', { status }, { page, perPage }),
};

/** The tag of every list of a user that shows this item: a row of an offer names the item, and not its seller. */
export function itemTag(id: string): Tag {
  return tag(`item:${id}`);
}
