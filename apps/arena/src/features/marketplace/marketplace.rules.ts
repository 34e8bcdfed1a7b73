import type { Target } from 'nest-larder';
import { onTable, type Row } from 'nest-larder/change-feed';
import { feedKeys } from './feed/feed.keys.js';
import { itemKeys, listsShowing } from './items/item.keys.js';

// Arena writes these tables too, and invalidates what it changes by itself. A rule repeats that a few milliseconds later, except
// for the page that a marked write-through has stored.

/** Columns that no list shows. */
const ON_PAGE_ONLY = ['description', 'views'];

type ItemRow = Row<'id' | 'seller_id' | 'words' | 'condition' | 'price_cents' | 'status' | 'views'>;

/** Views are counted in the table every five seconds, and shown from a key of their own. */
const onItems = onTable('items', {
  columns: ['id', 'seller_id', 'words', 'condition', 'price_cents', 'status', 'views'],
  invalidate: ({ before, after, rows, changed }) => {
    if (isCount(before, after, changed)) return [];
    const isListed = changed?.every((column) => ON_PAGE_ONLY.includes(column)) !== true;
    return rows.flatMap((row) => [itemKeys.one(String(row.id)), ...(isListed ? listsOf(row) : [])]);
  },
  covers: [itemKeys.all, feedKeys.all],
});

const onOffers = onTable('offers', {
  columns: ['item_id'],
  invalidate: ({ rows }) => rows.map(({ item_id }) => itemKeys.one(String(item_id))),
  covers: [itemKeys.all],
});

export const marketplaceRules = [onItems, onOffers];

function listsOf({ status, words }: ItemRow): Target[] {
  return status === 'available' ? listsShowing(words as readonly string[]) : [];
}

/** Where a statement is too large to tell which columns it changed, views that differ alone mean that it counted them. */
function isCount(
  before: ItemRow | undefined,
  after: ItemRow | undefined,
  changed: readonly string[] | undefined,
): boolean {
  if (before === undefined || after === undefined) return false;
  if (changed !== undefined) return changed.every((column) => column === 'views');
  const { views: old, ...rest } = before;
  const { views, ...others } = after;
  return old !== views && JSON.stringify(rest) === JSON.stringify(others);
}
