import { LRUCache } from 'lru-cache';
import type { Candidate } from '../measure/rounds.js';
import { IDS, loadTournament, type Tournament } from './tournament.js';

// Stores without loading: what a hit costs at least. Every candidate has a loop of its own, as a call in an application has
// a place of its own; in a shared loop the engine would compile for all of them at once.

/** A Map under a key made of its parts for each call, as any cache of more than one kind of thing needs it. */
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

/** A Map that holds nothing but tournaments: the id is the key, and V8 has its hash. */
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
