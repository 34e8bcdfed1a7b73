export { CACHE_MODULE_OPTIONS, CacheModule } from '../compat.module.js';
export { CacheInterceptor } from './cache.interceptor.js';
export { Cache, type CacheEvents, type CacheItem, type RawValue, type WrapOptions } from './cache.js';
export { CacheKey, type CacheKeyFactory, CacheScope, CacheTTL, type CacheTTLFactory } from './decorators.js';
export type {
  CacheManagerOptions,
  CacheModuleAsyncOptions,
  CacheModuleOptions,
  CacheOptions,
  CacheOptionsFactory,
} from './options.js';
export { CACHE_KEY_METADATA, CACHE_MANAGER, CACHE_TTL_METADATA } from './tokens.js';
