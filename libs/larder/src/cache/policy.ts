import { LarderOptionsError } from '../errors.js';
import type { Tag } from '../keys/target.js';
import { type Duration, toMilliseconds } from '../units.js';
import type { CallCounters } from './statistics.js';

/** How one value is cached. */
export interface CacheOptions<T = unknown> {
  /**
   * How long it may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`.
   * Default: the cache's `defaultTtl`.
   */
  readonly ttl?: Duration;
  /**
   * Up to which fraction of the TTL it may expire sooner, by chance, so that entries stored together do not expire
   * together: 0 (exactly the TTL) to 1. Default: the cache's `jitter`.
   */
  readonly jitter?: number;
  /** Labels to invalidate it by; a function gets the loaded value. */
  readonly tags?: readonly (Tag | string)[] | ((value: T) => readonly (Tag | string)[]);
  /**
   * `'strong'`: a read that begins after an invalidation was acknowledged anywhere never gets what was invalidated. Costs a
   * round trip to the journal a read where nodes share one, nothing in a single process. Default: `'bounded'`.
   */
  readonly consistency?: 'bounded' | 'strong';
}

/** What a cache uses where a call says nothing. */
export interface PolicyDefaults {
  /** Milliseconds. */
  readonly ttl: number;
  readonly jitter: number;
}

/** {@link CacheOptions} made ready for use, once for a decorated method, for each load otherwise. */
export interface Policy {
  readonly ttl: number;
  readonly jitter: number;
  readonly tags: readonly string[] | ((value: unknown) => readonly string[]);
  readonly strong: boolean;
  readonly counters: CallCounters;
  /** The decorated method it belongs to. */
  readonly method?: string;
}

const NO_TAGS: readonly string[] = Object.freeze([]);

/** @throws LarderOptionsError naming every option that does not hold what it takes */
export function toPolicy(options: CacheOptions, defaults: PolicyDefaults, counters: CallCounters): Policy {
  checkOptions(options);
  return {
    ttl: options.ttl === undefined ? defaults.ttl : (toMilliseconds(options.ttl) as number),
    jitter: options.jitter ?? defaults.jitter,
    tags: toTags(options.tags),
    strong: options.consistency === 'strong',
    counters,
  };
}

/** @throws LarderOptionsError naming every option that does not hold what it takes */
export function checkOptions(options: CacheOptions, subject = 'the cache options'): void {
  const problems: string[] = [];
  const { ttl, jitter, consistency } = options;
  if (ttl !== undefined && toMilliseconds(ttl) === undefined) {
    problems.push(
      `ttl of ${subject} is ${show(ttl)}; it takes milliseconds above zero, a string such as '5m', or Infinity`,
    );
  }
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) {
    problems.push(`jitter of ${subject} is ${show(jitter)}; it takes a fraction from 0 to 1`);
  }
  if (consistency !== undefined && consistency !== 'bounded' && consistency !== 'strong') {
    problems.push(`consistency of ${subject} is ${show(consistency)}; it takes 'bounded' or 'strong'`);
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

function toTags(tags: CacheOptions['tags']): Policy['tags'] {
  if (tags === undefined) return NO_TAGS;
  return typeof tags === 'function' ? (value) => tagNames(tags(value)) : tagNames(tags);
}

export function tagNames(tags: readonly (Tag | string)[]): readonly string[] {
  return tags.map((tag) => (typeof tag === 'string' ? tag : tag.name));
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
