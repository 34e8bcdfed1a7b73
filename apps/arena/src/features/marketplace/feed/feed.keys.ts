import { defineKeys } from 'nest-larder';
import type { FeedQuery } from './feed.schemas.js';

export const feedKeys = defineKeys('marketplace', {
  page: ({ type, page, perPage }: FeedQuery) => ['feed', type, { page, perPage }],
});
