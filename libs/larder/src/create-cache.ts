import { Cache } from './cache/cache.js';
import { Engine } from './cache/engine.js';
import type { EventListener } from './cache/events.js';
import { MemoryJournal } from './invalidation/memory-journal.js';
import { type LarderOptions, type Settings, toSettings } from './larder.options.js';
import { MemoryStore } from './tiers/memory-store.js';

/**
 * A cache without Nest, for scripts, tests and benchmarks. Reads nothing from the environment.
 *
 * @throws LarderOptionsError listing every option that does not hold what it takes
 *
 * @example
 * ```ts
 * const cache = await createCache({ maxBytes: '64mb' });
 * const rates = await cache.getOrLoad(['rates', 'EUR'], () => fetchRates('EUR'), { ttl: '1h' });
 * await cache.close();
 * ```
 */
export async function createCache(options: LarderOptions = {}): Promise<Cache> {
  return new Cache(createEngine(toSettings(options)));
}

/** The engine that settings ask for: here the parts of a cache are chosen. */
export function createEngine(settings: Settings): Engine {
  const { clock, random, slots, maxStaleness, maxEntries, maxBytes, jitter, defaultTtl } = settings;
  return new Engine({
    clock,
    random,
    slots,
    maxStaleness,
    store: new MemoryStore({ maxEntries, maxBytes }),
    journal: settings.journal ?? ((table) => new MemoryJournal(table, clock)),
    defaults: { ttl: defaultTtl, jitter },
    report: quietly(settings.onEvent),
  });
}

/** A listener that fails must not fail what it listens to. */
function quietly(listener: EventListener): EventListener {
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      process.emitWarning(`A listener for cache events failed: ${error}`, 'LarderWarning');
    }
  };
}
