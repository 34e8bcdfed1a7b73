export type { LoadMany } from './cache/batch.js';
export {
  Cache,
  type CacheHealth,
  type WarmSource,
  type WriteOptions,
  type WriteThroughOptions,
} from './cache/cache.js';
export type { Class, Classes, ClassRule } from './cache/classes.js';
export type { ClearTokens } from './cache/clear-tokens.js';
export type { CacheEvent, EventListener } from './cache/events.js';
export type { EntryInfo, Verdict } from './cache/inspect.js';
export type { InvalidateAllOptions, InvalidationReport } from './cache/invalidate-all.js';
export type { Bump, Conclusion, Intent, Journal, JournalFactory, Writing } from './cache/journal.js';
export type { Lease, Leases } from './cache/leases.js';
export type { Load } from './cache/load.js';
export type { LoadContext } from './cache/load-signal.js';
export type { CacheOptions, TierName } from './cache/policy.js';
export type { RedisFigures } from './cache/redis-figures.js';
export type { CacheStats, CallStats, MethodStats, SharedStats, TagStats } from './cache/statistics.js';
export type { Census } from './cache/survey.js';
export type { Tier, TierEntry } from './cache/tier.js';
export type { VersionTable } from './cache/versions.js';
export type { WarmOptions, WarmProgress } from './cache/warm.js';
export type { WarmFailure, WarmReport } from './cache/warm-report.js';
export type { Clock } from './clock.js';
export { createCache } from './create-cache.js';
export { CacheInvalidate, type CacheInvalidateOptions } from './decorators/cache-invalidate.js';
export { CacheWriteThrough, type CacheWriteThroughOptions } from './decorators/cache-write-through.js';
export { Cacheable, type CacheableOptions } from './decorators/cacheable.js';
export { CacheableBatch, type CacheableBatchOptions } from './decorators/cacheable-batch.js';
export { CacheKey } from './decorators/plan.js';
export {
  LarderBatchError,
  LarderClearError,
  LarderCounterError,
  LarderDeadlineError,
  LarderDecoratorError,
  LarderError,
  LarderFlagError,
  LarderJobError,
  LarderKeyError,
  LarderOptionsError,
  LarderQueryError,
  LarderRedisError,
  LarderTimeoutError,
  LarderValueError,
} from './errors.js';
export { FlagGate } from './flags/flag-gate.js';
export { type FlagState, Flags } from './flags/flags.js';
export type { FlagName } from './flags/switches.js';
export type { CallerRequest } from './http/exchange.js';
export type { HttpOptions, Scope } from './http/http-options.js';
export type { Identity } from './http/identity.js';
export { describeCaching } from './http/openapi.js';
export {
  type BatchOptions,
  type BatchReport,
  type Counter,
  type CounterBatch,
  type CounterDefinition,
  type Deadline,
  type DeadlineDefinition,
  defineCounter,
  defineDeadline,
  Job,
  type JobContext,
  type JobOptions,
  Jobs,
  joinFleet,
  runBatch,
} from './jobs.js';
export { apiKey, defineKeys, userKey, venueKey } from './keys/define-keys.js';
export { encodePath, type Key, type KeyPart } from './keys/key.js';
export { type Pattern, pattern, type Tag, type Target, tag } from './keys/target.js';
export { type LarderAsyncOptions, LarderModule } from './larder.module.js';
export type { LarderOptions } from './larder.options.js';
export type { RedisAddress } from './redis/address.js';
export { SharedRedis } from './redis/shared-redis.js';
export type { Duration, Size } from './units.js';
