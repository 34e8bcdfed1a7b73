import { z } from 'zod';

const LAST_PAGE = 1_000_000;

/** The query parameters of everything that is shown by pages. */
export const pageQuery = {
  page: z.coerce.number().int().min(1).max(LAST_PAGE).default(1).meta({ description: 'From 1', example: 1 }),
  perPage: z.coerce.number().int().min(1).max(100).default(20).meta({ example: 20 }),
};

/** Which part of a list is asked for. */
export interface PageQuery {
  readonly page: number;
  readonly perPage: number;
}

/** What is likely to be asked for after a page: the next one. */
export function nextPage<Query extends PageQuery>(query: Query): [Query] | undefined {
  return query.page < LAST_PAGE ? [{ ...query, page: query.page + 1 }] : undefined;
}

/** One page of a list, and how many there are on all of them. */
export interface Page<Item> {
  items: Item[];
  page: number;
  perPage: number;
  total: number;
}

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), page: z.int(), perPage: z.int(), total: z.int() });
}

/** What a query skips and takes to answer a page. */
export function rowsOf({ page, perPage }: PageQuery): { offset: number; limit: number } {
  return { offset: (page - 1) * perPage, limit: perPage };
}
