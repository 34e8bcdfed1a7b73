import { randomBytes, randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreOf } from './adviser/simulation/mini-cache.js';
import { SystemClock } from './base/clock.js';
import { LarderOptionsError, LarderRedisError, messageOf } from './base/errors.js';
import { Tracing } from './base/signals/tracer.js';
import { type AuditOptions, announceCache } from './cache/audit/audit-options.js';
import { Cache } from './cache/cache.js';
import { Engine, type EngineOptions } from './cache/engine.js';
import { KnownClasses } from './cache/entries/classes.js';
import type { Entry } from './cache/entries/entry.js';
import { LossStore, type MemoryBounds } from './cache/entries/loss-store.js';
import { NoStore } from './cache/entries/no-store.js';
import { MemoryBoard } from './cache/fleet/memory-board.js';
import { MemoryClaims } from './cache/fleet/memory-claims.js';
import { ShortTtlWarning } from './cache/policy/short-ttl.js';
import type { Tier } from './cache/shared-tier/tier.js';
import { Diagnostics } from './cache/state/diagnostics.js';
import { Statistics } from './cache/stats/statistics.js';
import type { DemandWatch } from './cache/upkeep/demand-watch.js';
import { notingUncached } from './cache/upkeep/uncached.js';
import type { Description } from './cache/versions/journal.js';
import { MemoryJournal } from './cache/versions/memory-journal.js';
import { MemoryClearTokens } from './cache/writes/memory-clear-tokens.js';
import type { LarderOptions } from './config/options.js';
import { type Settings, toSettings } from './config/settings.js';
import { announcing } from './observability/event-signals.js';
import { endpointOf, type RedisAddress } from './redis/address.js';
import type { ProfileStore } from './warming/profile/profile-store.js';

/**
 * Creates a cache without Nest, for scripts, tests and benchmarks. Does not read the environment.
 *
 * @throws LarderOptionsError that lists every invalid option
 *
 * @example
 * ```ts
 * const cache = await createCache({ maxBytes: '64mb' });
 * const rates = await cache.getOrLoad(['rates', 'EUR'], () => fetchRates('EUR'), { ttl: '1h' });
 * await cache.close();
 * ```
 */
export async function createCache(options: Omit<LarderOptions, 'changeFeed' | 'database'> = {}): Promise<Cache> {
  if ('changeFeed' in options)
    throw new LarderOptionsError([
      'The option changeFeed works only in LarderModule; pass the cache to new ChangeFeed(cache, …)',
    ]);
  if ('database' in options)
    throw new LarderOptionsError([
      'The option database works only in LarderModule, which starts a change feed with it',
    ]);
  return new Cache(await createEngine(toSettings(options)));
}

/** How long a start waits for Redis before it continues without, in milliseconds. */
const START_TIMEOUT = 2000;
/** How long a start waits before it fails, if it needs Redis, in milliseconds. */
const REQUIRED_START_TIMEOUT = 5000;

/**
 * Composes the engine from settings.
 *
 * @param profiles where predictive warming keeps what it learned, if there is no Redis; default: in this process
 */
export async function createEngine(settings: Settings, profiles?: ProfileStore): Promise<Engine> {
  const {
    flags,
    clock,
    random,
    slots,
    maxStaleness,
    maxEntries,
    maxBytes,
    jitter,
    defaultTtl,
    compress: compressFrom,
    redis,
  } = settings;
  const classes = new KnownClasses(settings.classes);
  const created = announceCache(auditOf(settings));
  const statistics = new Statistics();
  const report = notingUncached(statistics, announcing(settings.onEvent, 'A listener for cache events'));
  const shortTtl = new ShortTtlWarning((message) => {
    // Tests with a fake clock use short TTLs on purpose.
    if (clock instanceof SystemClock) process.emitWarning(message, { type: 'LarderWarning', code: 'LARDER_SHORT_TTL' });
  });
  shortTtl.check(settings.bareDefaultTtl, 'The default TTL (defaultTtl, LARDER_DEFAULT_TTL)');
  const noted = (description: Description) => report({ type: 'invalidated', ...description });
  const tracing = new Tracing();
  const bounds = { maxEntries, maxBytes };
  const hasMemory = flags.isEnabled('LARDER_MEMORY_TIER');
  let demand: DemandWatch | undefined;
  const forgotten = (entry: Entry) => {
    statistics.forget(entry);
    demand?.left(entry);
  };
  const parts = {
    clock,
    statistics,
    random,
    slots,
    maxStaleness,
    store: hasMemory ? new LossStore(bounds, forgotten) : new NoStore(),
    watch: settings.adviser && hasMemory ? await watchWith(bounds) : undefined,
    demand: undefined,
    journal:
      settings.journal ??
      ((table) => new MemoryJournal(table, clock, clock.now() * 1000 + randomInt(1_000_000), noted)),
    tier: settings.tier,
    shared: undefined,
    leases: settings.leases,
    clearTokens: new MemoryClearTokens(clock),
    servers: undefined,
    newToken: () => randomBytes(24).toString('base64url'),
    classes,
    defaults: { ttl: defaultTtl, jitter, compressFrom },
    sweeps: settings.background,
    warming: { isOn: settings.warming, interval: settings.warmInterval },
    refresh: {
      isOn: settings.backgroundRefresh,
      interval: settings.refreshInterval,
      criticalKeys: settings.criticalKeys,
    },
    prefetch: { isOn: settings.prefetch },
    report,
    shortTtl,
    diagnostics: settings.diagnostics ? new Diagnostics() : undefined,
    tracing,
    audit: created.audit && (await auditWith(created.audit)),
    fleet: {
      node: { id: randomBytes(9).toString('base64url'), host: hostname(), pid: process.pid },
      board: new MemoryBoard(clock),
      claims: new MemoryClaims(clock),
      interval: settings.fleetStats,
    },
  } satisfies EngineOptions;
  const opened = redis === undefined ? { parts, profiles } : await sharedParts(parts, redis, settings);
  const { tier } = opened.parts;
  const engine = new Engine({
    ...opened.parts,
    shared: tier && (await sharingWith(tier, classes, flags.isEnabled('LARDER_COMPRESSION'))),
    demand: hasMemory ? await predictiveWith(settings, opened.profiles) : undefined,
  });
  demand = engine.demand;
  if (engine.context.audit !== undefined) created.opened?.(engine.context.audit);
  if (redis === undefined) return engine;
  if (await followed(engine, settings.needsRedis ? REQUIRED_START_TIMEOUT : START_TIMEOUT)) return engine;
  const { hosts } = endpointOf(redis);
  const { problem = new LarderRedisError('timeout', `Redis at ${hosts.join(', ')} did not answer`) } =
    engine.context.journal;
  if (!settings.needsRedis) {
    report({ type: 'journal-lost', error: problem });
    return engine;
  }
  await engine.close();
  throw new LarderOptionsError([
    `LARDER_REDIS_URL leads to a Redis that could not be used within ${REQUIRED_START_TIMEOUT / 1000} s: ` +
      `${clauseOf(problem)}; in production, set it to the URL of a Redis that can be used, or to off where there is one process`,
  ]);
}

// What only an option asks for is loaded on demand.

async function auditWith(options: AuditOptions): Promise<EngineOptions['audit']> {
  const { Audit } = await import('./cache/audit/audit.js');
  return (context) => new Audit(context, options);
}

/** The adviser simulates the class of the store itself. */
async function watchWith(bounds: MemoryBounds): Promise<EngineOptions['watch']> {
  const { Adviser } = await import('./adviser/adviser.js');
  const storeOf: StoreOf = (scaled, forgotten) => new LossStore(scaled, forgotten, () => {});
  const processorTime = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  return (watched) => new Adviser({ bounds, storeOf, processorTime }, watched);
}

async function predictiveWith(
  { predictiveWarming: loadsPerMinute }: Settings,
  store: ProfileStore | undefined,
): Promise<EngineOptions['demand']> {
  if (loadsPerMinute === 0) return undefined;
  const { PredictiveWarming } = await import('./warming/predictive-warming.js');
  return (parts) => new PredictiveWarming({ loadsPerMinute, store }, parts);
}

async function sharingWith(tier: Tier, classes: KnownClasses, compresses: boolean): Promise<EngineOptions['shared']> {
  const { sharedTierOf } = await import('./shared-parts.js');
  return sharedTierOf(tier, classes, compresses);
}

async function sharedParts(
  parts: EngineOptions,
  redis: RedisAddress,
  settings: Settings,
): Promise<{ readonly parts: EngineOptions; readonly profiles: ProfileStore }> {
  const { withRedis } = await import('./shared-parts.js');
  return withRedis(parts, redis, settings);
}

/** Milliseconds after the first difference at which the audit compares again. */
const AUDIT_LOOKS = [1000, 5000, 10_000];
/** How long after the write intents of a dead process have expired other nodes invalidate for it at the latest. */
const INTENT_DELAY = 5000;

function auditOf(settings: Settings): AuditOptions | undefined {
  const { audit: sample, auditLoads: loadsPerSecond, auditValues: showsValues, clock, writeIntentTtl } = settings;
  if (sample === 0) return undefined;
  const isShared = settings.redis !== undefined || settings.journal !== undefined;
  const intentsEnd = isShared ? writeIntentTtl + INTENT_DELAY : 0;
  const looks = AUDIT_LOOKS.every((look) => look < intentsEnd) ? [...AUDIT_LOOKS, intentsEnd] : AUDIT_LOOKS;
  return {
    sample,
    loadsPerSecond,
    concurrency: 2,
    looks,
    showsValues,
    reportsAll: false,
    settlesBeforeClose: false,
    clock,
  };
}

function clauseOf(problem: unknown): string {
  if (problem instanceof LarderRedisError) return problem.problem;
  return messageOf(problem);
}

/** Waits up to `patience` milliseconds until the journal is followed: the first reads then need no round trip. */
async function followed({ context: { journal } }: Engine, timeout: number): Promise<boolean> {
  const until = performance.now() + timeout;
  // The command connection may open later than the journal's; a read before that would bypass the shared tier.
  const isFollowed = () => journal.syncedAt !== Number.NEGATIVE_INFINITY && journal.problem === undefined;
  while (!isFollowed() && performance.now() < until) await delay(5);
  return isFollowed();
}
