import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type Cache, createCache } from 'nest-larder';
import { bytesInUse } from './gauge.js';
import { KINDS, type Kind } from './values.js';

/** The measurements of one process. */
export interface Filling {
  /** Bytes of the empty cache. */
  readonly empty: number;
  /** Bytes by which the heap grew when the cache was filled. */
  readonly growth: number;
  readonly entries: number;
  /** The cache's own estimate of its entries in bytes; 0 where it has none. */
  readonly estimate: number;
}

/** Fills a cache with so many values of one kind, referenced by the cache alone. */
type Fill = (kind: Kind, count: number) => Promise<Filling>;

const TTL = 600_000;
const roomy = () => createCache({ maxEntries: 10_000_000, maxBytes: '8gb' });
const bounded = () => createCache({ maxEntries: 10_000_000, maxBytes: '20mb' });

export const FILLINGS = {
  Map: (kind, count) => fillStore(() => new Map<string, unknown>(), kind, count),
  'lru-cache': (kind, count) => fillStore(() => new LRUCache<string, object>({ max: count }), kind, count),
  'lru-cache with TTL': (kind, count) =>
    fillStore(() => new LRUCache<string, object>({ max: count, ttl: TTL }), kind, count),
  larder: (kind, count) => fillCache(roomy, kind, count, { hit: false }),
  'larder, each hit': (kind, count) => fillCache(roomy, kind, count, { hit: true }),
  'larder at its bound': (kind, count) => fillCache(bounded, kind, count, { hit: false }),
  'larder at its bound, each hit': (kind, count) => fillCache(bounded, kind, count, { hit: true }),
} as const satisfies Record<string, Fill>;

export type Way = keyof typeof FILLINGS;

interface PlainStore {
  readonly size: number;
  set(key: string, value: unknown): unknown;
}

async function fillStore(make: () => PlainStore, kind: Kind, count: number): Promise<Filling> {
  const before = await bytesInUse();
  const store = make();
  const empty = await bytesInUse();
  for (let index = 0; index < count; index++) store.set(`tournaments:${index}`, KINDS[kind]());
  const full = await bytesInUse();
  return { empty: empty - before, growth: full - empty, entries: store.size, estimate: 0 };
}

async function fillCache(
  make: () => Promise<Cache>,
  kind: Kind,
  count: number,
  { hit }: { readonly hit: boolean },
): Promise<Filling> {
  const before = await bytesInUse();
  const cache = await make();
  const empty = await bytesInUse();
  const keyOf = (index: number) => ['tournaments', String(index)] as const;
  for (let index = 0; index < count; index++) await cache.getOrLoad(keyOf(index), () => KINDS[kind](), { ttl: TTL });
  // In Node 20 and 22 each promise takes 72 bytes more until the turn of the event loop ends in which a load ran.
  await setImmediate();
  if (hit) for (let index = 0; index < count; index++) await cache.get(keyOf(index));
  const full = await bytesInUse();
  const { entries, bytes: estimate } = cache.stats();
  await cache.close();
  return { empty: empty - before, growth: full - empty, entries, estimate };
}
