import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { randomOf } from '../measure/random.js';
import { entryOf, LossStore } from './larder-parts.js';

// Real traces with drawn sizes and load times: of each key the logarithm of both is normally distributed, independently.

const MEDIAN_BYTES = 2000;
const MEDIAN_COST = 10;
const SPREAD = { bytes: 1.5, cost: 1.3 };
const BYTES = { least: 200, most: 200_000 };
const COST = { least: 0.5, most: 1000 };

/** Accesses to keys, which are numbered in the order of their first access. */
export interface RealTrace {
  readonly name: string;
  readonly accesses: Int32Array;
  readonly keys: number;
}

/** What each key's value takes and costs. */
export interface Drawn {
  readonly bytes: Float64Array;
  readonly cost: Float64Array;
}

/** Reads a trace: gzip of 32-bit big-endian integers, one an access. */
export function readTrace(folder: string, name: string): RealTrace {
  const packed = gunzipSync(readFileSync(join(folder, `${name}.int32be.gz`)));
  const numbers = new Map<number, number>();
  const accesses = new Int32Array(packed.length >> 2);
  for (let at = 0; at < accesses.length; at++) {
    const key = packed.readInt32BE(at * 4);
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    accesses[at] = number;
  }
  return { name, accesses, keys: numbers.size };
}

export function drawn(keys: number): Drawn {
  const random = randomOf(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const within = (value: number, { least, most }: typeof BYTES) => Math.min(most, Math.max(least, value));
  const bytes = new Float64Array(keys);
  const cost = new Float64Array(keys);
  for (let key = 0; key < keys; key++) {
    bytes[key] = Math.round(within(MEDIAN_BYTES * Math.exp(SPREAD.bytes * normal()), BYTES));
    cost[key] = within(MEDIAN_COST * Math.exp(SPREAD.cost * normal()), COST);
  }
  return { bytes, cost };
}

/** All keys alike. */
export function alike(keys: number): Drawn {
  return { bytes: new Float64Array(keys).fill(300), cost: new Float64Array(keys).fill(10) };
}

/** A store: whether it has a key, and stores it if not. */
export type Policy = (capacity: number, drawn: Drawn) => (key: number) => boolean;

/** The memory store. */
export const leastLoss: Policy = (capacity, { bytes, cost }) => {
  const store = new LossStore({ maxEntries: Number.MAX_SAFE_INTEGER, maxBytes: capacity });
  return (key) => {
    const id = `key:${key}`;
    if (store.get(id) !== undefined) return true;
    store.set(entryOf(id, bytes[key], cost[key]));
    return false;
  };
};

export const lru: Policy = (capacity, { bytes }) => {
  const stored = new Set<number>();
  let used = 0;
  return (key) => {
    if (stored.delete(key)) {
      stored.add(key);
      return true;
    }
    used += bytes[key] as number;
    stored.add(key);
    for (const oldest of stored) {
      if (used <= capacity) break;
      stored.delete(oldest);
      used -= bytes[oldest] as number;
    }
    return false;
  };
};

/** SIEVE (Zhang et al., NSDI 2024). */
export const sieve: Policy = (capacity, { bytes }) => {
  const stored = new Map<number, { visited: boolean }>();
  let hand: Iterator<[number, { visited: boolean }]> | undefined;
  let used = 0;
  const evict = () => {
    for (;;) {
      hand ??= stored.entries();
      const { done, value } = hand.next();
      if (done) hand = undefined;
      else if (value[1].visited) value[1].visited = false;
      else {
        stored.delete(value[0]);
        used -= bytes[value[0]] as number;
        return;
      }
    }
  };
  return (key) => {
    const found = stored.get(key);
    if (found !== undefined) {
      found.visited = true;
      return true;
    }
    while (used + (bytes[key] as number) > capacity) evict();
    stored.set(key, { visited: false });
    used += bytes[key] as number;
    return false;
  };
};

/** The hit ratio, and the load time of all misses in milliseconds. */
export function replay(policy: Policy, { accesses }: RealTrace, capacity: number, drawn: Drawn) {
  const access = policy(capacity, drawn);
  let hits = 0;
  let lost = 0;
  for (const key of accesses) {
    if (access(key)) hits++;
    else lost += drawn.cost[key] as number;
  }
  return { ratio: hits / accesses.length, lost };
}
