import { type Cache, createCache, type Key, tag } from 'nest-larder';

const CHUNK = 10_000;
const VENUES = 100;

/** A cache with so many entries, each with a tag and below the prefix of one of a hundred venues. */
export async function filledCache(count: number): Promise<Cache> {
  const cache = await createCache({ maxEntries: 2_000_000, maxBytes: '8gb' });
  for (let from = 0; from < count; from += CHUNK) {
    const entries = Array.from({ length: CHUNK }, (_, index) => [keyOf(from + index), from + index] as const);
    await cache.setMany(entries, { ttl: '1h', tags: [tag('season')] });
  }
  return cache;
}

export function keyOf(index: number): Key {
  return ['venues', String(index % VENUES), 'tournaments', String(index)];
}
