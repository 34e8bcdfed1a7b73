import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Advice, createCache } from 'nest-larder';

const VALUE = { title: 'Tournament' };
const load = () => VALUE;

/** The hit rate of a trace, and the advice after it. */
export async function replay(keys: ArrayLike<number>, maxEntries: number, adviser: boolean) {
  const cache = await createCache({ maxEntries, maxBytes: '4gb', adviser, defaultTtl: Number.POSITIVE_INFINITY });
  for (let read = 0; read < keys.length; read++) await cache.getOrLoad(['items', keys[read] as number], load);
  const { hitRate } = cache.stats();
  const advice = cache.advice();
  await cache.close();
  return { hitRate: hitRate as number, sizes: (advice as Advice | undefined)?.memory.sizes ?? [] };
}

/** A trace as in the Caffeine simulator: gzip of 32-bit big-endian numbers, one a read. */
export function traceIn(path: string): Int32Array {
  const bytes = gunzipSync(readFileSync(path));
  return Int32Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readInt32BE(4 * place));
}

/** Reads stored values, some in each turn of the event loop as a server does. */
export async function hitsOf(adviser: boolean, keys: number): Promise<() => Promise<void>> {
  const cache = await createCache({ adviser });
  return async () => {
    for (let read = 0; read < HITS; read++) {
      if (read % 50 === 0) await nextTurn();
      await cache.getOrLoad(['tournaments', String(read % keys)], load, { ttl: '10m' });
    }
  };
}

export const HITS = 20_000;

/** The heap of a cache with many entries, of one family or of several, which the adviser counts one by one. */
export async function heapOf(adviser: boolean, keys: number, families = 1): Promise<number> {
  const before = heap();
  const cache = await createCache({ adviser, maxEntries: 10_000, maxBytes: '4gb' });
  for (let key = 0; key < keys; key++) {
    await cache.getOrLoad([`tournaments${key % families}`, `season-2026:${key}`], load);
  }
  const after = heap();
  await cache.close();
  return after - before;
}

function heap(): number {
  for (let run = 0; run < 3; run++) globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}
