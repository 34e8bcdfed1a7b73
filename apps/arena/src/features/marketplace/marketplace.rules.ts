import type { Target } from 'nest-larder';
import { onTable, type Row } from 'nest-larder/change-feed';
import { itemKeys, listsShowing } from './items/item.keys.js';

// Arena invalidates its own writes. The change feed invalidates the same again a few milliseconds later, except the page that a
// marked write-through has stored.

/** Columns that lists do not show. */
const ON_PAGE_ONLY = ['description', 'views'];

type ItemRow = Row<'id' | 'seller_id' | 'words' | 'condition' | 'price_cents' | 'status' | 'views'>;

/** Views are written to the table every five seconds and read by a key of their own: they invalidate nothing else. */
const onItems = onTable('items', {
  columns: ['id', 'seller_id', 'words', 'condition', 'price_cents', 'status', 'views'],
  invalidate: ({ before, after, rows, changed }) => {
    if (isCount(before, after, changed)) return [];
    const isListed = changed?.every((column) => ON_PAGE_ONLY.includes(column)) !== true;
    return rows.flatMap((row) => [itemKeys.one(String(row.id)), ...(isListed ? listsOf(row) : [])]);
  },
  covers: [itemKeys.all],
});

/** A reminder changes no page. */
const onOffers = onTable('offers', {
  columns: ['item_id'],
  invalidate: ({ rows, changed }) =>
    changed?.every((column) => column === 'reminded_at') === true
      ? []
      : rows.map(({ item_id }) => itemKeys.one(String(item_id))),
  covers: [itemKeys.all],
});

export const marketplaceRules = [onItems, onOffers];

function listsOf({ status, words }: ItemRow): Target[] {
  return status === 'available' ? listsShowing(words as readonly string[]) : [];
}

/** For a statement too large to list its changed columns: it only counted views if nothing but the views differs. */
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
