import type { ConfigurableModuleAsyncOptions, Provider, Type } from '@nestjs/common';
import { LarderOptionsError } from '../base/errors.js';

/**
 * Options of {@link CacheModule}. Further members, such as `stores` and `nonBlocking`, are accepted and ignored with a warning:
 * Larder stores in memory, and in Redis if `LARDER_REDIS_URL` is set.
 */
export interface CacheManagerOptions {
  /** The default TTL in milliseconds. Default 0: no expiry. */
  readonly ttl?: number;
  /**
   * A hit of `wrap` with less than this left of its TTL, in milliseconds, loads a new value in the background. Default: none.
   */
  readonly refreshThreshold?: number | ((value: never) => number);
  /**
   * Caches of one namespace share their keys, in all processes. Default: `keyv` if `stores` is given; else the names of the
   * modules that import this one, so that two modules with a cache in memory each keep their own keys.
   */
  readonly namespace?: string;
  /** The name that `cacheId()` returns. Default: a random one. */
  readonly cacheId?: string;
  /** Ignored. */
  readonly stores?: unknown;
  /** Ignored: there is one store. */
  readonly nonBlocking?: boolean;
  /** Ignored: there is one store. */
  readonly refreshAllStores?: boolean;
}

/** Options with members that other stores take. */
export type CacheOptions<Config extends object = Record<string, unknown>> = CacheManagerOptions & Config;

/** Options of {@link CacheModule.register}. */
export type CacheModuleOptions<Config extends object = Record<string, unknown>> = CacheOptions<Config> & {
  /** Whether the module is global. Default `false`. */
  readonly isGlobal?: boolean;
};

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface CacheOptionsFactory<Config extends object = Record<string, unknown>> {
  createCacheOptions(): Promise<CacheOptions<Config>> | CacheOptions<Config>;
}

/** Options of {@link CacheModule.registerAsync}. */
export interface CacheModuleAsyncOptions<Config extends object = Record<string, unknown>>
  extends ConfigurableModuleAsyncOptions<CacheOptions<Config>, 'createCacheOptions'> {
  readonly useExisting?: Type<CacheOptionsFactory<Config>>;
  readonly useClass?: Type<CacheOptionsFactory<Config>>;
  /** Further providers of the module. */
  readonly extraProviders?: Provider[];
  /** Whether the module is global. Default `false`. */
  readonly isGlobal?: boolean;
}

const USED: readonly string[] = ['ttl', 'refreshThreshold', 'namespace', 'cacheId', 'isGlobal'];
/** Meaningless with one store. */
const NEEDLESS: readonly string[] = ['nonBlocking', 'refreshAllStores'];

/**
 * Checks options, and warns about those that have no effect.
 *
 * @throws LarderOptionsError that lists every invalid option
 */
export function checkCompatOptions(options: CacheManagerOptions): void {
  const problems: string[] = [];
  const { ttl, refreshThreshold, namespace, cacheId } = options;
  if (ttl !== undefined && !isSpan(ttl)) problems.push(problem('ttl', ttl, 'milliseconds from 0'));
  if (refreshThreshold !== undefined && typeof refreshThreshold !== 'function' && !isSpan(refreshThreshold)) {
    problems.push(problem('refreshThreshold', refreshThreshold, 'milliseconds from 0, or a function of the value'));
  }
  for (const [name, value] of Object.entries({ namespace, cacheId })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      problems.push(problem(name, value, 'a text that is not empty'));
    }
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
  const ignored = Object.keys(options).filter((name) => !USED.includes(name) && !NEEDLESS.includes(name));
  if (ignored.length > 0) warnIgnored(ignored);
}

/** Whether a value is a time span: milliseconds, 0 included. */
function isSpan(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function problem(name: string, value: unknown, expected: string): string {
  return `invalid ${name} of CacheModule: got ${String(value)}, expected ${expected}`;
}

function warnIgnored(names: readonly string[]): void {
  process.emitWarning(
    `CacheModule of nest-larder/compat ignores ${names.join(', ')}: Larder stores in memory, and in Redis if LARDER_REDIS_URL ` +
      'is set. Set that variable and LARDER_MAX_BYTES instead, and remove these options.',
    { type: 'LarderWarning', code: 'LARDER_COMPAT_OPTIONS' },
  );
}
