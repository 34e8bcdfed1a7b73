import { type Cache, pattern, type Target, tag } from 'nest-larder';
import type { Candidate } from '../measure/rounds.js';
import { keyOf } from './filled.js';

export const TARGETS = {
  'a prefix': ['venues', '7'],
  'a tag': tag('season'),
  everything: pattern('*'),
} as const satisfies Record<string, Target>;

/** Repeated invalidations of one target. */
export function invalidations(name: string, cache: Cache, target: Target): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      for (const _ of steps) await cache.invalidate(target);
    },
  };
}

/** Hits without invalidations. */
export function plainHits(name: string, cache: Cache): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      for (const index of steps) await cache.get(keyOf(index));
    },
  };
}

/** Hits after an invalidation that affects no entry: the first hit of each entry checks the version table. */
export function hitsAfterInvalidation(name: string, cache: Cache): Candidate<number> {
  return {
    name,
    run: async (steps) => {
      await cache.invalidate(['users']);
      for (const index of steps) await cache.get(keyOf(index));
    },
  };
}
