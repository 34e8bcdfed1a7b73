import { entryKey } from '../../redis-cache/redis-keys.js';
import { FIGURES_BYTES, figuresIn } from './entry-figures.js';
import type { SharedCache } from './shared-cache.js';

/** Entries that are described in one step. */
const STEP = 100;

/** An entry in Redis. */
export interface StoredEntry {
  readonly id: string;
  /** Milliseconds since its load began. */
  readonly age: number;
  /** Milliseconds until its TTL ends; negative after that; `null` for never. */
  readonly ttl: number | null;
  /** Bytes in Redis, after compression. */
  readonly bytes: number;
  /** Milliseconds that its load took; 0 if unknown. */
  readonly loadCost: number;
}

/** The figures of entries; without those that have gone meanwhile, or that this release cannot read. */
export async function describeEntries(
  { client, settings }: Pick<SharedCache, 'client' | 'settings'>,
  ids: readonly string[],
): Promise<readonly StoredEntry[]> {
  const [seconds, microseconds] = (await client.call('TIME')) as [unknown, unknown];
  const now = 1000 * Number(String(seconds)) + Number(String(microseconds)) / 1000;
  const described: StoredEntry[] = [];
  for (let start = 0; start < ids.length; start += STEP) {
    const portion = ids.slice(start, start + STEP);
    const keys = portion.map((id) => entryKey(settings.keyPrefix, id));
    const [headers, lengths] = await Promise.all([
      client.callAll(keys.map((key) => ['GETRANGE', key, 0, FIGURES_BYTES - 1])),
      client.callAll(keys.map((key) => ['STRLEN', key])),
    ]);
    portion.forEach((id, index) => {
      const figures = figuresIn(headers[index] as Buffer);
      if (figures === undefined) return;
      const { loadedAt, expiresAt, loadCost } = figures;
      const ttl = Number.isFinite(expiresAt) ? Math.floor(expiresAt - now) : null;
      described.push({
        id,
        age: Math.max(0, Math.floor(now - loadedAt)),
        ttl,
        bytes: Number(lengths[index]),
        loadCost,
      });
    });
  }
  return described;
}
