import { apiKey, type Key, venueKey } from 'nest-larder';

/** What venues show of themselves. */
export const venuePages = {
  list: (): Key => apiKey('v1', 'venues'),
  /** Below the venue's key, as everything about one venue. */
  one: (id: string): Key => venueKey(id, 'page'),
};
