import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'cache-manager';
import { Cacheable, createKeyv } from 'cacheable';
import { Loader } from 'layered-loader';
import type { Candidate } from '../measure/rounds.js';
import { IDS, loadTournament, type Tournament } from './tournament.js';

const TTL = 600_000;

function layeredLoader(): Loader<Tournament> {
  return new Loader<Tournament>({
    inMemoryCache: { cacheType: 'fifo-map', ttlInMsecs: TTL, maxItems: 100_000 },
    dataSourceGetOneFn: (key) => loadTournament(key.slice(key.indexOf(':') + 1)),
  });
}

/** A loader for tournaments alone: the id is the key. */
export async function layeredLoaderOfIds(): Promise<Candidate<string>> {
  const loader = layeredLoader();
  for (const id of IDS) await loader.get(id);
  return {
    name: 'layered-loader get of ids',
    run: async (ids) => {
      for (const id of ids) await loader.get(id);
    },
  };
}

/** A loader with a composed key, as for all other candidates. */
export async function layeredLoaderOfKeys(): Promise<Candidate<string>> {
  const loader = layeredLoader();
  for (const id of IDS) await loader.get(`tournaments:${id}`);
  return {
    name: 'layered-loader get',
    run: async (ids) => {
      for (const id of ids) await loader.get(`tournaments:${id}`);
    },
  };
}

/** layered-loader's call that never loads. */
export async function layeredLoaderInMemory(): Promise<Candidate<string>> {
  const loader = layeredLoader();
  for (const id of IDS) await loader.get(`tournaments:${id}`);
  return {
    name: 'layered-loader getInMemoryOnly',
    run: async (ids) => {
      for (const id of ids) await loader.getInMemoryOnly(`tournaments:${id}`);
    },
  };
}

export async function cacheManager(): Promise<Candidate<string>> {
  const cache = createCache({ ttl: TTL });
  for (const id of IDS) await cache.wrap(`tournaments:${id}`, () => loadTournament(id));
  return {
    name: 'cache-manager wrap',
    run: async (ids) => {
      for (const id of ids) await cache.wrap(`tournaments:${id}`, () => loadTournament(id));
    },
  };
}

export async function cacheable(): Promise<Candidate<string>> {
  const cache = new Cacheable({ primary: createKeyv({ useClone: false }), ttl: TTL });
  for (const id of IDS) await cache.getOrSet(`tournaments:${id}`, () => loadTournament(id));
  return {
    name: 'cacheable getOrSet',
    run: async (ids) => {
      for (const id of ids) await cache.getOrSet(`tournaments:${id}`, () => loadTournament(id));
    },
  };
}

export async function bentocache(): Promise<Candidate<string>> {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: 100_000, serialize: false }));
  const cache = new BentoCache({ default: 'memory', stores: { memory }, ttl: TTL });
  for (const id of IDS) await cache.getOrSet({ key: `tournaments:${id}`, factory: () => loadTournament(id) });
  return {
    name: 'bentocache getOrSet',
    run: async (ids) => {
      for (const id of ids) await cache.getOrSet({ key: `tournaments:${id}`, factory: () => loadTournament(id) });
    },
  };
}
