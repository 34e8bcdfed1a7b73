import { isDeepStrictEqual } from 'node:util';
import { defineKeys, type Tag, type Target, tag } from 'nest-larder';
import type { Page } from '../../../platform/http/requests/page.js';
import { shownNames } from '../../sign-in/users/shown-names.js';
import { feedKeys } from '../feed/feed.keys.js';
import type { ItemChange, SearchedItem } from './item.query.js';
import { type Item, type ItemQuery, type ListedItem, listedItem } from './item.schemas.js';

/**
 * Lists lie below what was searched for. What a batch shows of a thing lies below the page of that thing: whatever touches
 * the page touches it too.
 */
export const itemKeys = defineKeys('items', {
  list: ({ q, sort, page, perPage }: ItemQuery) => ['list', { q }, { sort, page, perPage }],
  lists: ({ q }: Pick<ItemQuery, 'q'>) => ['list', { q }],
  one: (id: string) => [id],
  inBatch: (id: string) => [id, 'in-batch'],
});

/** How often things were looked at. Not below the thing: its page stays as it is. */
export const viewKeys = defineKeys('item-views', { of: (id: string) => [id] });

/** How a thing's page is kept, whether it was read or written through. */
export const ITEM_PAGE = { ttl: '15m', staleWhileRevalidate: '15m' } as const;

/**
 * The label of a search: its longest word, which the title of everything that it finds must have. A write cannot know who
 * searched for what, but it knows the words of the title that it changed.
 */
export function searchTags({ q = [] }: Pick<ItemQuery, 'q'>): Tag[] {
  const [longest] = [...q].sort((one, other) => other.length - one.length);
  return longest === undefined ? [] : [wordTag(longest)];
}

/** The lists that a thing in any of these states stands in: none if it is not available. */
export function listsWith(...states: readonly SearchedItem[]): Target[] {
  const available = states.filter(({ item }) => item.status === 'available');
  return available.flatMap(({ words }) => listsShowing(words));
}

/** The lists that show an available thing with these words in its title. */
export function listsShowing(words: readonly string[]): Target[] {
  return [itemKeys.lists({}), feedKeys.pages('discover'), ...words.filter((word) => word !== '').map(wordTag)];
}

/** The labels of a list: the sellers whose names it shows. */
export function sellersIn({ items }: Page<ListedItem>): Tag[] {
  return shownNames(items.map(({ seller }) => seller.id));
}

/** The label of the page of a thing. */
export function sellerOf({ seller }: Item): Tag[] {
  return shownNames([seller.id]);
}

/** The lists that a change shows in. Its own page is not among them: that is written through. */
export function listsTouchedBy({ before, after }: ItemChange): Target[] {
  return isDeepStrictEqual(asListed(before), asListed(after)) ? [] : listsWith(before, after);
}

function asListed({ item }: SearchedItem) {
  return item.status === 'available' ? listedItem.parse(item) : undefined;
}

function wordTag(word: string): Tag {
  return tag(`item-word:${word}`);
}
