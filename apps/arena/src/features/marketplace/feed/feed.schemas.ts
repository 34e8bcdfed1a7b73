import { z } from 'zod';
import { pageQuery } from '../../../platform/http/requests/page.js';

export const feedQuery = z.strictObject({
  type: z.enum(['discover']).default('discover').meta({
    description: 'The kind of feed: `discover` shows one item of every seller before a second of any seller.',
  }),
  ...pageQuery,
});
export type FeedQuery = z.infer<typeof feedQuery>;

/** The page that visitors request first. */
export const FIRST_FEED: readonly [FeedQuery][] = [[feedQuery.parse({})]];
