import type { Clock } from '../base/clock.js';
import { LarderOptionsError } from '../base/errors.js';
import { brand } from '../base/package/brand.js';
import type { Tracing } from '../base/signals/tracer.js';
import type { KnownClasses } from './entries/classes.js';
import type { MemoryStore } from './entries/memory-store.js';
import { type FleetOptions, FleetReporter } from './fleet/fleet-reporter.js';
import type { NodeState } from './fleet/node-report.js';
import type { Tracker } from './observed/tracker.js';
import { type CacheOptions, checkOptions, type Policy, type PolicyDefaults, toPolicy } from './policy/policy.js';
import { RetryPauses } from './policy/retry-pauses.js';
import type { ShortTtlWarning } from './policy/short-ttl.js';
import { BatchReader } from './reads/batch/batch-reader.js';
import { EntryFinder } from './reads/entry-finder.js';
import { Inspector } from './reads/inspector.js';
import { Loader } from './reads/loader.js';
import { Reader } from './reads/reader.js';
import { Refresher } from './reads/refresher.js';
import type { Leases } from './shared-tier/leases.js';
import type { SharedTier, SharedTierParts } from './shared-tier/shared-tier.js';
import type { Tier } from './shared-tier/tier.js';
import { Closing } from './state/closing.js';
import type { CacheContext } from './state/context.js';
import type { Diagnostics } from './state/diagnostics.js';
import type { EventListener } from './state/events.js';
import { Flights } from './state/flight.js';
import type { HitAudit } from './state/hit-audit.js';
import { LoadChain } from './state/load-chain.js';
import type { AccessWatch, Watched } from './stats/access-watch.js';
import { Surveyor } from './stats/memory-usage.js';
import type { Servers } from './stats/redis-stats.js';
import type { Statistics } from './stats/statistics.js';
import { BackgroundRefresh, type RefreshBounds } from './upkeep/background-refresh.js';
import { CachedMethods } from './upkeep/cached-methods.js';
import { CriticalWarming, type WarmingBounds } from './upkeep/critical-warming.js';
import type { DemandParts, DemandWatch } from './upkeep/demand-watch.js';
import { ExpirySweep } from './upkeep/expiry-sweep.js';
import { type PrefetchBounds, Prefetcher } from './upkeep/prefetcher.js';
import { Warmer } from './upkeep/warmer.js';
import type { JournalFactory } from './versions/journal.js';
import { Slots } from './versions/slots.js';
import { SyncState } from './versions/sync-state.js';
import { VersionTable } from './versions/version-table.js';
import { Clearing } from './writes/clear.js';
import type { ClearTokens } from './writes/clear-tokens.js';
import { Writer } from './writes/writer.js';

/** A decorated method, for the cache. */
export interface DecoratedMethod {
  /** The name for its statistics. */
  name(): string;
  readonly options: CacheOptions;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly store: MemoryStore;
  readonly statistics: Statistics;
  readonly journal: JournalFactory;
  /** The tier that all nodes share; `undefined` for a single node. */
  readonly tier: Tier | undefined;
  /** Makes what reads and writes it; `undefined` without {@link tier}. */
  readonly shared: ((parts: SharedTierParts) => SharedTier) | undefined;
  /** The classes whose instances may be cached. */
  readonly classes: KnownClasses;
  readonly leases: Leases | undefined;
  readonly clearTokens: ClearTokens;
  /** The servers behind {@link tier}, for their statistics. */
  readonly servers: Servers | undefined;
  /** Makes unguessable texts. */
  readonly newToken: () => string;
  /** The number of slots of the version table. */
  readonly slots: number;
  readonly defaults: PolicyDefaults;
  /** Milliseconds. */
  readonly maxStaleness: number;
  /** Whether expired entries are removed once a minute. */
  readonly sweeps: boolean;
  readonly prefetch: PrefetchBounds;
  readonly warming: WarmingBounds;
  readonly refresh: RefreshBounds;
  readonly report: EventListener;
  readonly shortTtl: ShortTtlWarning;
  readonly diagnostics: Diagnostics | undefined;
  readonly tracing: Tracing;
  /** Makes the audit; `undefined` for none. */
  readonly audit: ((context: CacheContext) => HitAudit) | undefined;
  readonly fleet: FleetOptions;
  /** Makes the watch of the adviser; `undefined` for no adviser. */
  readonly watch: ((watched: Watched) => AccessWatch) | undefined;
  /** Makes the watch of predictive warming; `undefined` for none. */
  readonly demand: ((parts: DemandParts) => DemandWatch) | undefined;
}

/** How many TTLs have their policy kept. */
const MAX_TTLS = 100;

/** The parts of one cache, wired together: one store, one table, one journal. */
export class Engine {
  static {
    brand(Engine, 'Engine');
  }

  readonly context: CacheContext;
  readonly finder: EntryFinder;
  readonly reader: Reader;
  readonly refresher: Refresher;
  readonly batches: BatchReader;
  readonly prefetcher: Prefetcher;
  readonly methods = new CachedMethods();
  readonly warmer: Warmer;
  readonly critical: CriticalWarming;
  readonly background: BackgroundRefresh;
  /** Only with the option `predictiveWarming`. */
  readonly demand: DemandWatch | undefined;
  readonly writer: Writer;
  readonly surveyor: Surveyor;
  readonly inspector: Inspector;
  readonly clearing: Clearing;
  readonly servers: Servers | undefined;
  readonly fleet: FleetReporter;
  #tracker: Tracker | undefined;
  #bypassesObserved = false;
  readonly #policies = new Map<DecoratedMethod, Policy>();
  /** Policies of options with nothing but a TTL, the most common ones. */
  readonly #policiesByTtl = new Map<CacheOptions['ttl'], Policy>();
  readonly #closing = new Closing();
  readonly #sweep: ExpirySweep | undefined;
  readonly #tier: Tier | undefined;
  readonly #shortTtl: ShortTtlWarning;

  constructor({
    journal: journalOf,
    slots: count,
    tier,
    shared: sharedOf,
    leases,
    clearTokens,
    newToken,
    sweeps,
    prefetch,
    warming,
    refresh,
    servers,
    shortTtl,
    maxStaleness,
    audit: auditOf,
    fleet,
    watch: watchOf,
    demand: demandOf,
    ...options
  }: EngineOptions) {
    const table = new VersionTable(count);
    const { clock, store } = options;
    const journal = journalOf(table);
    const slots = new Slots(count);
    const sync = new SyncState(journal, clock, maxStaleness);
    const watch = watchOf?.({
      clock,
      table,
      slots,
      store,
      statistics: options.statistics,
      isShared: tier !== undefined,
      audit: () => this.context.audit?.stats(),
    });
    const shared = sharedOf?.({ clock, journal, table, store, slots, sync, watch });
    this.context = {
      ...options,
      table,
      slots,
      journal,
      sync,
      shared,
      watch,
      leases,
      flights: new Flights(),
      chain: new LoadChain(),
      closing: this.#closing,
      pauses: new RetryPauses(clock),
      audit: undefined,
    };
    this.context.audit = auditOf?.(this.context);
    this.#tier = tier;
    this.#shortTtl = shortTtl;
    this.servers = servers;
    const loader = new Loader(this.context);
    const refresher = new Refresher(this.context, loader);
    this.refresher = refresher;
    this.finder = new EntryFinder(this.context);
    this.reader = new Reader(this.context, this.finder, loader, refresher);
    this.batches = new BatchReader(this.context, this.finder, this.reader, loader);
    this.prefetcher = new Prefetcher(this.context, this.finder, refresher, prefetch);
    this.warmer = new Warmer(this.context, this.finder, refresher);
    this.background = new BackgroundRefresh(this.context, refresher, refresh);
    this.critical = new CriticalWarming(this.context, this.methods, this.warmer, this.background, warming);
    const { criticalKeys } = refresh;
    this.demand = demandOf?.({ context: this.context, methods: this.methods, refresher, criticalKeys });
    this.writer = new Writer(this.context);
    this.surveyor = new Surveyor(store, clock);
    this.inspector = new Inspector(this.context);
    this.clearing = new Clearing(this.context, this.writer, clearTokens, newToken);
    this.fleet = new FleetReporter(this.context, fleet, () => this.#state());
    this.#sweep = sweeps ? new ExpirySweep(this.context) : undefined;
  }

  /** Call options with the cache's defaults filled in. */
  policy(options: CacheOptions): Policy {
    if (!saysOnlyTtl(options) || typeof options.ttl === 'function') return this.#toPolicy(options);
    const { ttl } = options;
    const known = this.#policiesByTtl.get(ttl);
    if (known !== undefined) return known;
    const policy = this.#toPolicy(options);
    if (this.#policiesByTtl.size < MAX_TTLS) this.#policiesByTtl.set(ttl, policy);
    return policy;
  }

  /** The same for a decorated method, made at its first call in this cache. */
  policyOf(method: DecoratedMethod): Policy {
    return this.#policies.get(method) ?? this.#addPolicy(method);
  }

  /** The decorated methods that were called. */
  get decorated(): Iterable<DecoratedMethod> {
    return this.#policies.keys();
  }

  /** The tier that all nodes share; `undefined` for a single node. */
  get tier(): Tier | undefined {
    return this.#tier;
  }

  /** Whether methods may have `dependsOn`. */
  get isObserving(): boolean {
    return this.#bypassesObserved || this.#tracker !== undefined;
  }

  /** Observes the loads whose options say `dependsOn: 'queries'`. Call it before the first of them. */
  observe(tracker: Tracker): void {
    this.#tracker = tracker;
    this.context.audit?.followQueries(tracker);
    this.context.table.reserveDependencies();
    this.finder.observe();
  }

  /** Neither stores values whose options say `dependsOn: 'queries'`, nor reads those that other processes have stored. */
  bypassObserved(): void {
    this.#bypassesObserved = true;
  }

  /** @throws LarderOptionsError if the options need a tracker, and there is none */
  #observed(policy: Policy, { dependsOn }: CacheOptions, subject: string): Policy {
    if (dependsOn === undefined) return policy;
    if (this.#bypassesObserved) return { ...policy, tracker: UNFOLLOWED };
    if (this.#tracker === undefined) throw new LarderOptionsError([unobserved(subject)]);
    return { ...policy, tracker: this.#tracker };
  }

  #state(): NodeState {
    const { clock, journal, sync } = this.context;
    const lag = Math.max(0, clock.elapsed() - journal.syncedAt);
    return {
      current: sync.isCurrent(),
      settled: journal.settled,
      journalLag: Number.isFinite(lag) ? lag : null,
      deliveryLag: this.writer.deliveryLag,
    };
  }

  #toPolicy(options: CacheOptions): Policy {
    checkOptions(options);
    this.#shortTtl.check(options.ttl, 'ttl of the cache options');
    const policy = toPolicy(options, this.context.defaults, this.context.statistics.direct);
    return this.#observed(policy, options, 'a read');
  }

  #addPolicy(method: DecoratedMethod): Policy {
    const { defaults, statistics } = this.context;
    const name = method.name();
    this.#shortTtl.check(method.options.ttl, `ttl of ${name}`);
    const parsed = toPolicy(method.options, defaults, statistics.method(name));
    const policy = { ...this.#observed(parsed, method.options, name), method: name, source: method };
    this.#policies.set(method, policy);
    return policy;
  }

  /** Whether the cache has closed. */
  get isClosed(): boolean {
    return this.#closing.aborted;
  }

  /** Removes everything and stops background work. Later calls load from their source. */
  async close(): Promise<void> {
    if (this.#closing.aborted) return;
    await this.context.audit?.beforeClose();
    if (this.#closing.aborted) return;
    this.#closing.close();
    this.context.audit?.close();
    this.#sweep?.stop();
    this.critical.stop();
    this.background.stop();
    const learned = this.demand?.close();
    this.context.store.clear();
    await learned;
    await this.context.shared?.settle();
    await this.fleet.close();
    await this.context.journal.close();
    await this.#tier?.close();
  }
}

/** Where nothing tells when the rows change that a load has read. */
const UNFOLLOWED: Tracker = {
  run: async (load, ended) =>
    ended({ value: await load(), reason: 'the change feed is switched off', passes: 'later' }),
};

/** Why the loads of a method cannot be observed, as the beginning of a problem. */
export function unobserved(subject: string): string {
  return (
    `dependsOn of ${subject} is 'queries', and loads are not observed; give LarderModule the options database (a pool of pg) ` +
    'and changeFeed (the same database)'
  );
}

function saysOnlyTtl(options: CacheOptions): boolean {
  // An instance of a class may inherit further options.
  if (Object.getPrototypeOf(options) !== Object.prototype) return false;
  for (const name in options) if (name !== 'ttl') return false;
  return true;
}
