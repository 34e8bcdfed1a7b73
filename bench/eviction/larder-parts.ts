// Taken from the built files, because the library does not export it: only the store itself is comparable with lru-cache.
type Stores = typeof import('../../libs/larder/build/cache/entries/loss-store.js');
type Entries = typeof import('../../libs/larder/build/cache/entries/entry.js');

const root = import.meta.resolve('nest-larder/package.json');

export const { LossStore }: Stores = await import(new URL('build/cache/entries/loss-store.js', root).href);
const { Entry }: Entries = await import(new URL('build/cache/entries/entry.js', root).href);

export type StoredEntry = InstanceType<Entries['Entry']>;
type Content = ConstructorParameters<Entries['Entry']>[0];

/** An entry with the fields that a store reads. */
export function entryOf(id: string, bytes = 300, loadCost = 10): StoredEntry {
  return new Entry({
    id,
    value: { id },
    bytes,
    loadCost,
    loadedAt: 0,
    stamp: 0,
    tags: [],
    dueAt: 600_000,
    expiresAt: 600_000,
    keptUntil: 600_000,
  } as unknown as Content);
}
