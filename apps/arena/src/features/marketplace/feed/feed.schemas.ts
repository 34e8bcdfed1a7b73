import { z } from 'zod';
import { pageQuery } from '../../../platform/http/requests/page.js';

export const feedQuery = z.strictObject({
  type: z
    .enum(['discover'])
    .default('discover')
    .meta({ description: 'What the feed is for: `discover` shows a thing of every seller before a second of any.' }),
  ...pageQuery,
});
export type FeedQuery = z.infer<typeof feedQuery>;

/** The first page, which visitors ask for first. */
export const FIRST_FEED: readonly [FeedQuery][] = [[feedQuery.parse({})]];
