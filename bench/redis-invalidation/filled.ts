import { type Cache, type Key, tag } from 'nest-larder';
import { connectedCache } from '../measure/connected-cache.js';
import { startRedis } from '../measure/redis.js';

const CHUNK = 2_000;
const VENUES = 100;

/** A cache with so many entries in its own Redis, and almost none in memory. */
export interface Filled {
  readonly cache: Cache;
  stop(): Promise<void>;
}

/** Fills a Redis with rows of about 200 bytes, each with a tag and below the prefix of one of a hundred venues. */
export async function filledRedis(count: number, diagnostics = false): Promise<Filled> {
  const redis = await startRedis();
  const cache = await connectedCache({ redis: redis.url, maxEntries: 1, diagnostics });
  for (let from = 0; from < count; from += CHUNK) {
    const entries = Array.from({ length: CHUNK }, (_, index) => [keyOf(from + index), row(from + index)] as const);
    await cache.setMany(entries, { ttl: '10h', tags: [tag('season')] });
  }
  const stored = cache.stats().shared?.stores;
  if (stored !== count) throw new Error(`${stored} of ${count} entries were stored.`);
  return { cache, stop: () => redis.stop() };
}

function keyOf(index: number): Key {
  return ['venues', String(index % VENUES), 'tournaments', String(index)];
}

function row(index: number) {
  return { id: String(index), title: `Tournament ${index} `.padEnd(100, 'of the season '), seats: 64, isOpen: true };
}
