// What the library does not export, taken from its built files: only the store itself can be compared with lru-cache.
type Stores = typeof import('../../libs/larder/dist/tiers/memory-store.js');
type Entries = typeof import('../../libs/larder/dist/cache/entry.js');

const root = import.meta.resolve('nest-larder/package.json');

export const { MemoryStore }: Stores = await import(new URL('dist/tiers/memory-store.js', root).href);
const { Entry }: Entries = await import(new URL('dist/cache/entry.js', root).href);

export type StoredEntry = InstanceType<Entries['Entry']>;

/** An entry as the cache makes them. */
export function entryOf(id: string): StoredEntry {
  const bytes = 300;
  const times = { loadedAt: 0, storedAt: 0, expiresAt: 600_000 };
  return new Entry({ id, value: { id }, unfreezable: false, slots: [1, 2], tags: [], stamp: 0, bytes, ...times });
}
