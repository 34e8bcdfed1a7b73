import { type Cache, pattern, type Target, tag } from 'nest-larder';
import type { Candidate } from '../measure/rounds.js';
import { keyOf } from './filled.js';

export const TARGETS = {
  'a prefix': ['venues', '7'],
  'a tag': tag('season'),
  everything: pattern('*'),
} as const satisfies Record<string, Target>;

/** Invalidations of one target in a cache. */
export function invalidations(name: string, cache: Cache, target: Target): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      for (const _ of steps) await cache.invalidate(target);
    },
  };
}

/** Hits of a cache in which nothing happens. */
export function plainHits(name: string, cache: Cache): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      for (const index of steps) await cache.get(keyOf(index));
    },
  };
}

/** The same after something was invalidated that none of the entries depends on: the first hit of each looks at the table. */
export function hitsAfterInvalidation(name: string, cache: Cache): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      await cache.invalidate(['users']);
      for (const index of steps) await cache.get(keyOf(index));
    },
  };
}
