/** Bounds and TTLs that a miniature cache simulates, as multiples of those of the cache. */
export interface Scenario {
  readonly size: number;
  readonly ttl: number;
}

/** The place of the scenario that repeats the cache as it is. */
export const PRESENT = 0;

/** The settings that are simulated, the present ones first: other sizes with the same TTLs, and other TTLs with the same size. */
export const SCENARIOS: readonly Scenario[] = [
  { size: 1, ttl: 1 },
  { size: 0.5, ttl: 1 },
  { size: 1.5, ttl: 1 },
  { size: 2, ttl: 1 },
  { size: 4, ttl: 1 },
  { size: 1, ttl: 0.25 },
  { size: 1, ttl: 4 },
  { size: 1, ttl: Number.POSITIVE_INFINITY },
];

/** The scenarios of other sizes, and the present one, by their places: the smallest first. */
export const SIZES: readonly number[] = [1, 0, 2, 3, 4];
export const TTL_QUARTER = 5;
export const TTL_FOURFOLD = 6;
export const TTL_ENDLESS = 7;
/** The scenarios of other TTLs, and the present one: the shortest first. */
export const TTLS: readonly number[] = [TTL_QUARTER, PRESENT, TTL_FOURFOLD, TTL_ENDLESS];
