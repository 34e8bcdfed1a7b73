import { isDeepStrictEqual } from 'node:util';
import { defineKeys, type Tag, type Target, tag } from 'nest-larder';
import type { Page } from '../../../platform/http/requests/page.js';
import { shownNames } from '../../sign-in/users/shown-names.js';
import type { ItemChange, SearchedItem } from './item.query.js';
import { type Item, type ItemQuery, type ListedItem, listedItem } from './item.schemas.js';

/**
 * Lists are below their search words. An item in a batch response is below the key of its page: an invalidation of the page
 * also invalidates it.
 */
export const itemKeys = defineKeys('items', {
  list: ({ q, sort, page, perPage }: ItemQuery) => ['list', { q }, { sort, page, perPage }],
  lists: ({ q }: Pick<ItemQuery, 'q'>) => ['list', { q }],
  one: (id: string) => [id],
  inBatch: (id: string) => [id, 'in-batch'],
  received: (id: string) => [id, 'offers'],
  state: (id: string) => [id, 'state'],
});

/** Views of items. Not below the item: a view does not invalidate its page. */
export const viewKeys = defineKeys('item-views', { of: (id: string) => [id] });

/** How long an item's page is cached, after a read and after a write-through. */
export const ITEM_PAGE = { ttl: '15m', staleWhileRevalidate: '15m' } as const;

/**
 * The tag of a search: its longest word, which the title of every result contains. A write does not know which searches are
 * cached, but it knows the words of the title that it changed.
 */
export function searchTags({ q = [] }: Pick<ItemQuery, 'q'>): Tag[] {
  const [longest] = [...q].sort((one, other) => other.length - one.length);
  return longest === undefined ? [] : [wordTag(longest)];
}

/** The lists that contain an item in any of these states: none if it is not available. */
export function listsWith(...states: readonly SearchedItem[]): Target[] {
  const available = states.filter(({ item }) => item.status === 'available');
  return available.flatMap(({ words }) => listsShowing(words));
}

/** The lists of available items whose titles contain any of these words. */
export function listsShowing(words: readonly string[]): Target[] {
  return [itemKeys.lists({}), ...words.filter((word) => word !== '').map(wordTag)];
}

/** The tags of a list: the sellers whose names it shows. */
export function sellersIn({ items }: Page<ListedItem>): Tag[] {
  return shownNames(items.map(({ seller }) => seller.id));
}

/** The tag of an item's page: its seller. */
export function sellerOf({ seller }: Item): Tag[] {
  return shownNames([seller.id]);
}

/** The lists that a change affects. The item's own page is written through instead. */
export function listsTouchedBy({ before, after }: ItemChange): Target[] {
  return isDeepStrictEqual(asListed(before), asListed(after)) ? [] : listsWith(before, after);
}

function asListed({ item }: SearchedItem) {
  return item.status === 'available' ? listedItem.parse(item) : undefined;
}

function wordTag(word: string): Tag {
  return tag(`item-word:${word}`);
}
