import type { CacheHealth } from '../cache/cache-health.js';
import type { Problem } from './indicator.js';

/** @param isClosed whether the application has closed its cache */
export function cacheProblem(isClosed: boolean): Problem | undefined {
  if (!isClosed) return undefined;
  return {
    message: 'The cache is closed, so every call loads from its source.',
    action: 'Nothing while the application stops. Otherwise find the code that calls close() of the cache.',
  };
}

export function redisProblem({ current, problem }: Pick<CacheHealth, 'current' | 'problem'>): Problem | undefined {
  if (current && problem === undefined) return undefined;
  return {
    message: 'Redis does not respond; this process serves requests without the others.',
    action: 'Check Redis, and the network to it. The log, and `problem` of cache.health(), have the error.',
  };
}

export function journalProblem({ current, settled }: Pick<CacheHealth, 'current' | 'settled'>): Problem | undefined {
  if (!current) {
    return {
      message: 'Invalidations of other processes do not arrive, so reads ask Redis first, or load from their source.',
      action: 'Check Redis. If it responds, check the permissions of its user: npx nest-larder doctor.',
    };
  }
  if (settled) return undefined;
  return {
    message: 'Other processes may serve what this one has invalidated, because Redis does not accept it.',
    action: 'Check whether Redis accepts writes: its role, its memory and the permissions of its user.',
  };
}
