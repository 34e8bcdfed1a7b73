export type { Alert, AlertListener, AlertName } from './alerts/alert.js';
export type { Clock } from './base/clock.js';
export {
  LarderAuditError,
  LarderBatchError,
  LarderClearError,
  LarderCounterError,
  LarderDeadlineError,
  LarderDecoratorError,
  LarderDependencyError,
  LarderError,
  LarderFlagError,
  LarderJobError,
  LarderKeyError,
  LarderLoadCycleError,
  LarderOptionsError,
  LarderQueryError,
  LarderRedisError,
  LarderTimeoutError,
  LarderValueError,
} from './base/errors.js';
export type { LoadTrace, SpanOptions, Tracer } from './base/signals/tracer.js';
export type { Duration, Size } from './base/units.js';
export { Cache } from './cache/cache.js';
export type { CacheHealth } from './cache/cache-health.js';
export type { WarmSource, WriteOptions, WriteThroughOptions } from './cache/call-options.js';
export type { Class, Classes, ClassRule } from './cache/entries/classes.js';
export type { TierEntry } from './cache/entries/tier-entry.js';
export type { FleetMinute, FleetNode, FleetStats } from './cache/fleet/fleet-stats.js';
export type { AuditTotals, NodeName, NodeState, NodeTotals } from './cache/fleet/node-report.js';
export type { WholeTable } from './cache/observed/whole-tables.js';
export { writing } from './cache/observed/writing.js';
export type { AuditOfMethod } from './cache/policy/audit-rule.js';
export type { CacheOptions, StaleIfErrorOptions, TierName } from './cache/policy/policy.js';
export type { LoadMany } from './cache/reads/batch/batch.js';
export type { EntryInfo, InvalidatedDependency, Verdict } from './cache/reads/inspector.js';
export type { ScopedCaller } from './cache/reads/scoped-caller.js';
export type { Lease, Leases } from './cache/shared-tier/leases.js';
export type { Tier } from './cache/shared-tier/tier.js';
export type { CacheEvent, EventListener } from './cache/state/events.js';
export type { Load, LoadContext } from './cache/state/read-request.js';
export type { StaleDifference, StaleRead, StaleTable, SuspectedChange } from './cache/state/stale-read.js';
export type { WarmFailure, WarmReport } from './cache/state/warm-report.js';
export type {
  Advice,
  AdviceAction,
  Choice,
  Forecast,
  MemoryAdvice,
  MemoryForecast,
  MethodAdvice,
  TtlForecast,
} from './cache/stats/advice.js';
export {
  type AuditCounts,
  type AuditStats,
  type Consistency,
  consistencyOf,
  type Estimate,
} from './cache/stats/audit-stats.js';
export type { MemoryUsage } from './cache/stats/memory-usage.js';
export type { PredictiveStats } from './cache/stats/predictive-stats.js';
export type { RedisStats } from './cache/stats/redis-stats.js';
export type { CacheStats, CallStats, MethodStats, SharedStats, TagStats } from './cache/stats/statistics.js';
export type { WarmOptions, WarmProgress } from './cache/upkeep/warmer.js';
export type { Bump, Intent, Journal, JournalFactory, WriteResult, Writing } from './cache/versions/journal.js';
export type { VersionTable } from './cache/versions/version-table.js';
export type { InvalidateAllOptions, InvalidationReport } from './cache/writes/bulk-invalidation.js';
export type { ClearTokens } from './cache/writes/clear-tokens.js';
export type { LarderOptions } from './config/options.js';
export { createCache } from './create-cache.js';
export { CacheInvalidate, type CacheInvalidateOptions } from './decorators/cache-invalidate.js';
export { CacheWriteThrough, type CacheWriteThroughOptions } from './decorators/cache-write-through.js';
export { Cacheable, type CacheableOptions } from './decorators/cacheable.js';
export { CacheableBatch, type CacheableBatchOptions } from './decorators/cacheable-batch.js';
export { CacheName } from './decorators/plan.js';
export type { HttpOptions, Scope } from './decorators/route-options.js';
export { FlagGate } from './flags/flag-gate.js';
export type { FlagName } from './flags/flag-options.js';
export { type FlagState, Flags } from './flags/flags.js';
export { describeCaching } from './http/openapi.js';
export {
  type BatchOptions,
  type BatchReport,
  type Counter,
  type CounterBatch,
  type CounterDefinition,
  connectToRedis,
  type Deadline,
  type DeadlineDefinition,
  defineCounter,
  defineDeadline,
  Job,
  type JobContext,
  type JobOptions,
  Jobs,
  runBatch,
} from './jobs/index.js';
export { apiKey, defineKeys, userKey, venueKey } from './keys/define-keys.js';
export { encodePath, type Key, type KeyPart } from './keys/key.js';
export { type Pattern, pattern, type Tag, type Target, tag } from './keys/target.js';
export { type LarderAsyncOptions, LarderModule } from './larder.module.js';
export type { DatabasePool, OrmPool } from './postgres/pool-database.js';
export type { RedisAddress } from './redis/address.js';
export { SharedRedis } from './redis/shared-redis.js';
export type { CallerRequest, Identify, Identity } from './scope/caller-identity.js';
