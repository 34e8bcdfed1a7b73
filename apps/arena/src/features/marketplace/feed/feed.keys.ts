import { defineKeys } from 'nest-larder';
import type { FeedQuery } from './feed.schemas.js';

/** All pages of a feed are below its type. */
export const feedKeys = defineKeys('marketplace', {
  page: ({ type, page, perPage }: FeedQuery) => ['feed', type, { page, perPage }],
  pages: (type: FeedQuery['type']) => ['feed', type],
});
