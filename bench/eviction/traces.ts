import { randomOf } from '../measure/random.js';

// Traces of requests: keys, most of them from a small popular set.

export interface Trace {
  readonly name: string;
  /** Maximum entries of the cache. */
  readonly capacity: number;
  readonly keys: readonly string[];
}

const KEYS = 100_000;
const REQUESTS = 1_000_000;
const SCAN_EVERY = 50_000;
const SCAN_LENGTH = 10_000;

export const TRACES: readonly Trace[] = [
  { name: 'zipf 0.8, room for 1 %', capacity: KEYS / 100, keys: zipf(0.8) },
  { name: 'zipf 0.8, room for 10 %', capacity: KEYS / 10, keys: zipf(0.8) },
  { name: 'zipf 1.0, room for 1 %', capacity: KEYS / 100, keys: zipf(1) },
  { name: 'zipf 1.0, room for 10 %', capacity: KEYS / 10, keys: zipf(1) },
  { name: 'zipf 1.0 and scans, room for 1 %', capacity: KEYS / 100, keys: withScans(zipf(1)) },
  { name: 'zipf 1.0 and scans, room for 10 %', capacity: KEYS / 10, keys: withScans(zipf(1)) },
];

/** The key with rank `n` is requested `n ** skew` times less often than the first. */
function zipf(skew: number): string[] {
  const random = randomOf(11);
  const upTo = new Float64Array(KEYS);
  let sum = 0;
  for (let rank = 0; rank < KEYS; rank++) {
    sum += (rank + 1) ** -skew;
    upTo[rank] = sum;
  }
  return Array.from({ length: REQUESTS }, () => `key:${rankOf(random() * sum, upTo)}`);
}

/** The first rank whose cumulative weight is greater. */
function rankOf(share: number, upTo: Float64Array): number {
  let from = 0;
  let to = upTo.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((upTo[middle] as number) > share) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Adds scans of thousands of keys that are never requested again, as an export makes. */
function withScans(keys: readonly string[]): string[] {
  const mixed: string[] = [];
  for (let from = 0; from < keys.length; from += SCAN_EVERY) {
    for (const key of keys.slice(from, from + SCAN_EVERY)) mixed.push(key);
    for (let index = 0; index < SCAN_LENGTH; index++) mixed.push(`scan:${from}:${index}`);
  }
  return mixed;
}
