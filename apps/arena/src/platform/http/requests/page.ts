import { z } from 'zod';

const LAST_PAGE = 1_000_000;

/** The query parameters of paged lists. */
export const pageQuery = {
  page: z.coerce.number().int().min(1).max(LAST_PAGE).default(1).meta({ description: 'From 1', example: 1 }),
  perPage: z.coerce.number().int().min(1).max(100).default(20).meta({ example: 20 }),
};

/** The requested page of a list. */
export interface PageQuery {
  readonly page: number;
  readonly perPage: number;
}

/** The next page, which a client is likely to request next. */
export function nextPage<Query extends PageQuery>(query: Query): [Query] | undefined {
  return query.page < LAST_PAGE ? [{ ...query, page: query.page + 1 }] : undefined;
}

/** One page of a list, and the total number of items. */
export interface Page<Item> {
  items: Item[];
  page: number;
  perPage: number;
  total: number;
}

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), page: z.int(), perPage: z.int(), total: z.int() });
}

/** Offset and limit of a page. */
export function rowsOf({ page, perPage }: PageQuery): { offset: number; limit: number } {
  return { offset: (page - 1) * perPage, limit: perPage };
}
