import type { Cache } from 'nest-larder';

/** Hits under keys of one shape, in larder and in a Map whose string key is built by hand from the same parts. */
export interface Shape {
  readonly name: string;
  /** The Map's string for a key. */
  readonly pathOf: (n: number) => string;
  readonly hits: (cache: Cache, steps: readonly number[]) => Promise<void>;
  readonly lookUps: (map: Map<string, number>, steps: readonly number[]) => Promise<void>;
}

const load = async () => 1;
const options = { ttl: '10m' } as const;

const texts: Shape = {
  name: 'a text',
  pathOf: (n) => `tournaments:${n}`,
  hits: async (cache, steps) => {
    for (const n of steps) await cache.getOrLoad(['tournaments', `${n}`], load, options);
  },
  lookUps: async (map, steps) => {
    for (const n of steps) await map.get(`tournaments:${n}`);
  },
};

const numbers: Shape = {
  name: 'a number',
  pathOf: (n) => `items:${n}`,
  hits: async (cache, steps) => {
    for (const n of steps) await cache.getOrLoad(['items', n], load, options);
  },
  lookUps: async (map, steps) => {
    for (const n of steps) await map.get(`items:${n}`);
  },
};

const paths: Shape = {
  name: 'a number and two texts',
  pathOf: (n) => `venues:${n % 50}:tournaments:${n}`,
  hits: async (cache, steps) => {
    for (const n of steps) await cache.getOrLoad(['venues', n % 50, 'tournaments', `${n}`], load, options);
  },
  lookUps: async (map, steps) => {
    for (const n of steps) await map.get(`venues:${n % 50}:tournaments:${n}`);
  },
};

const queries: Shape = {
  name: 'a text and an object',
  pathOf: (n) => `tournaments:list:page=${n}&status=open`,
  hits: async (cache, steps) => {
    for (const n of steps) await cache.getOrLoad(['tournaments', 'list', { status: 'open', page: n }], load, options);
  },
  lookUps: async (map, steps) => {
    for (const n of steps) await map.get(`tournaments:list:page=${n}&status=open`);
  },
};

const escaped: Shape = {
  name: 'a text to be escaped',
  pathOf: (n) => `searches:two words%3A ${n}`,
  hits: async (cache, steps) => {
    for (const n of steps) await cache.getOrLoad(['searches', `two words: ${n}`], load, options);
  },
  lookUps: async (map, steps) => {
    for (const n of steps) await map.get(`searches:two words%3A ${n}`);
  },
};

export const TEXTS = texts;
export const SHAPES: readonly Shape[] = [texts, numbers, paths, queries, escaped];
