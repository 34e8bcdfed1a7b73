import { LRUCache } from 'lru-cache';
import type { Candidate } from '../measure/rounds.js';
import { IDS, loadTournament, type Tournament } from './tournament.js';

// Stores without loading: the minimum cost of a hit. Every candidate has its own loop, as a call in an application has its
// own call site; in a shared loop the engine would compile for all of them at once.

/** A Map with a composed key per call, as any cache of more than one kind of value needs. */
export async function plainMap(): Promise<Candidate<string>> {
  const map = new Map<string, Tournament>();
  for (const id of IDS) map.set(`tournaments:${id}`, await loadTournament(id));
  return {
    name: 'Map',
    run: async (ids) => {
      for (const id of ids) await map.get(`tournaments:${id}`);
    },
  };
}

/** A Map of tournaments alone: the id is the key, and V8 has cached its hash. */
export async function mapOfIds(): Promise<Candidate<string>> {
  const map = new Map<string, Tournament>();
  for (const id of IDS) map.set(id, await loadTournament(id));
  return {
    name: 'Map of ids',
    run: async (ids) => {
      for (const id of ids) await map.get(id);
    },
  };
}

export async function lruCache(): Promise<Candidate<string>> {
  const cache = new LRUCache<string, Tournament>({ max: 100_000, ttl: 600_000 });
  for (const id of IDS) cache.set(`tournaments:${id}`, await loadTournament(id));
  return {
    name: 'lru-cache get',
    run: async (ids) => {
      for (const id of ids) await cache.get(`tournaments:${id}`);
    },
  };
}
