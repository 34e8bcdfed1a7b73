import { createCache } from 'nest-larder';
import type { Candidate } from '../measure/rounds.js';
import type { Shape } from './shapes.js';

/** Candidates for key shapes, each with its own cache and Map. */
export async function candidatesFor(shapes: readonly Shape[], steps: readonly number[]): Promise<Candidate<number>[]> {
  const candidates: Candidate<number>[] = [];
  for (const { name, pathOf, hits, lookUps } of shapes) {
    const cache = await createCache();
    await hits(cache, steps);
    const map = new Map(steps.map((n) => [pathOf(n), 1]));
    candidates.push(
      { name, run: (some) => hits(cache, some) },
      { name: inMap(name), run: (some) => lookUps(map, some) },
    );
    if (cache.stats().entries !== steps.length) throw new Error(`Not all keys of ${name} are stored.`);
  }
  return candidates;
}

/** The name of a shape's Map. */
export function inMap(name: string): string {
  return `Map: ${name}`;
}
