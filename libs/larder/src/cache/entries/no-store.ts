import type { Entry } from './entry.js';
import type { MemoryStore } from './memory-store.js';

/** Stores nothing: for a cache whose memory tier is switched off. */
export class NoStore implements MemoryStore {
  readonly size = 0;
  readonly bytes = 0;
  readonly evictions = 0;

  get(): undefined {}
  peek(): undefined {}
  set(_: Entry): void {}
  delete(): void {}
  clear(): void {}

  enlarge(): boolean {
    return false;
  }

  entries(): IterableIterator<Entry> {
    return [].values();
  }
}
