import { userKey } from 'nest-larder';
import type { MyItemsQuery, MyOffersQuery } from './mine.schemas.js';

/** What a user sells and bids for: below that user's key. */
export const marketKeys = {
  items: (userId: string, { status, page, perPage }: MyItemsQuery) =>
    userKey(userId, 'market', 'items', { status }, { page, perPage }),
  offers: (userId: string, { status, page, perPage }: MyOffersQuery) =>
    userKey(userId, 'market', 'offers', { status }, { page, perPage }),
};
