/** The labels of metrics. Each has as many values as the code of an application names: none comes from a key. */
export const ATTRIBUTES = {
  'larder.method': 'the method in the statistics; `direct` for calls of `Cache`',
  'larder.result': 'how it ended',
  'larder.reason': 'why',
  'larder.kind': '`call`, `set`, `write-through`, `write`, `deferred`, `clear`',
  'larder.tier': 'where the value came from: `memory`, `redis` or `source` (the loader or the method itself)',
  'larder.state':
    'the state of the change feed (`off`, `starting`, `reading`, `standing-by`, `waiting`, `closed`) or of the circuit breaker (`closed`, `open`, `probing`)',
  'larder.command': 'the command of Redis: `GET`, `EVALSHA`',
  'larder.job.name': 'the name of the job',
  'larder.counter.name': 'the name of the counter',
  'larder.deadline.name': 'the name of the deadline',
  'larder.query': 'the name of the live query',
  'larder.code': 'the code of the refusal',
  'db.client.connection.pool.name': 'the name that was given to `meterPool`',
  'db.client.connection.state': '`used`, `idle`',
} as const;

type Attribute = keyof typeof ATTRIBUTES;

/** What an instrument of OpenTelemetry measures, and how. */
export interface Metric {
  readonly name: string;
  /**
   * `observed` metrics are read from counts that exist when they are collected; the others are recorded from messages of
   * `nest-larder:…` channels.
   */
  readonly kind: 'observed counter' | 'observed sum' | 'observed gauge' | 'counter' | 'sum' | 'histogram';
  /** By UCUM, as the semantic conventions ask. */
  readonly unit: string;
  readonly doc: string;
  readonly attributes: readonly Attribute[];
}

function metric<Names extends readonly Attribute[]>(
  name: string,
  kind: Metric['kind'],
  unit: string,
  doc: string,
  ...attributes: Names
): Metric & { readonly attributes: Names } {
  return { name, kind, unit, doc, attributes };
}

/** Every metric. `npm run options` writes the reference in docs/metrics.md from this table. */
export const METRICS = {
  requests: metric(
    'larder.cache.requests',
    'observed counter',
    '{request}',
    'Calls, each once: `hit`; `stale` (past the TTL, while a refresh runs); `miss`; `refused` (a miss, because the value in memory was invalidated); `bypass` (ran uncached).',
    'larder.method',
    'larder.result',
    'larder.tier',
  ),
  coalesced: metric(
    'larder.cache.coalesced',
    'observed counter',
    '{request}',
    'Misses that waited for a load that another call had begun.',
    'larder.method',
  ),
  fallbacks: metric(
    'larder.cache.fallbacks',
    'observed counter',
    '{request}',
    'Misses served a value past its TTL, because the load failed or took too long.',
    'larder.method',
  ),
  loads: metric('larder.cache.loads', 'observed counter', '{load}', 'Loads that have begun.', 'larder.method'),
  loadErrors: metric('larder.cache.load.errors', 'observed counter', '{load}', 'Loads that failed.', 'larder.method'),
  loadTimeouts: metric(
    'larder.cache.load.timeouts',
    'observed counter',
    '{load}',
    'Loads that exceeded their hard timeout.',
    'larder.method',
  ),
  loadDuration: metric(
    'larder.cache.load.duration',
    'histogram',
    's',
    'Duration of loads: `loaded` or `failed`.',
    'larder.method',
    'larder.result',
  ),
  hitAge: metric(
    'larder.cache.hit.age',
    'histogram',
    's',
    'Age of values when they were served from the memory: a sample of one hit of 64, and of at most 1,000 hits between two collections.',
    'larder.method',
  ),
  refusedAge: metric(
    'larder.cache.refused.age',
    'histogram',
    's',
    'Age of values that were found and not served, because something they depend on was invalidated.',
    'larder.method',
    'larder.tier',
  ),
  entries: metric('larder.cache.entries', 'observed sum', '{entry}', 'Values in the memory.', 'larder.method'),
  memory: metric(
    'larder.cache.memory',
    'observed sum',
    'By',
    'Estimated size of the values in the memory.',
    'larder.method',
  ),
  evictions: metric(
    'larder.cache.evictions',
    'observed counter',
    '{entry}',
    'Values that left the memory: `full` to make room, `expired` by the sweep, `invalidated` by the sweep or the next read.',
    'larder.reason',
  ),
  rejections: metric(
    'larder.cache.rejections',
    'observed counter',
    '{value}',
    'Loaded values that were not stored: `invalidated` during the load, or `uncacheable`.',
    'larder.reason',
  ),
  invalidations: metric(
    'larder.cache.invalidations',
    'counter',
    '{invalidation}',
    'Invalidations by this process.',
    'larder.kind',
  ),
  tierRequests: metric(
    'larder.shared_tier.requests',
    'observed counter',
    '{request}',
    'Values looked up in Redis: `hit`, `miss`, or `discarded` if the bytes could not be read.',
    'larder.result',
  ),
  tierStores: metric('larder.shared_tier.stores', 'observed counter', '{value}', 'Values written to Redis.'),
  tierFailures: metric('larder.shared_tier.failures', 'observed counter', '{call}', 'Calls that failed or timed out.'),
  leaseWaits: metric(
    'larder.lease.wait.duration',
    'histogram',
    's',
    'How long calls waited for a load of another process: until it was `found`, or this process loaded (`granted`, `given-up`).',
    'larder.method',
    'larder.result',
  ),
  redisDuration: metric(
    'larder.redis.command.duration',
    'histogram',
    's',
    'Duration of commands of the cache: `answered`, also with an error, or `failed`; commands that are sent in parallel count once.',
    'larder.command',
    'larder.result',
  ),
  redisCircuit: metric(
    'larder.redis.circuit',
    'observed sum',
    '1',
    '1 for the state that the circuit breaker of commands is in, 0 for the others. While it is `open`, none are sent.',
    'larder.state',
  ),
  journalLag: metric(
    'larder.journal.lag',
    'observed gauge',
    's',
    'Time since all invalidations of other processes were last known here. It is not reported before that.',
  ),
  journalCurrent: metric(
    'larder.journal.current',
    'observed gauge',
    '1',
    '1 while invalidations of other processes arrive within `maxStaleness`, else 0.',
  ),
  deliveryLag: metric(
    'larder.journal.delivery.lag',
    'observed gauge',
    's',
    'For how long the oldest invalidation of this process has not been delivered.',
  ),
  journalLosses: metric('larder.journal.losses', 'counter', '{loss}', 'How often the journal was lost.'),
  feedLag: metric(
    'larder.feed.lag',
    'observed gauge',
    's',
    'For how long the oldest committed change has not been delivered; 0 while there is none. Only of the process that reads.',
  ),
  feedStatus: metric(
    'larder.feed.status',
    'observed sum',
    '1',
    '1 for the state that the change feed is in, 0 for the others.',
    'larder.state',
  ),
  feedGaps: metric('larder.feed.gaps', 'observed sum', '{problem}', 'Triggers that are missing or differ.'),
  feedChanges: metric('larder.feed.changes', 'counter', '{change}', 'Rows of the change log that were delivered.'),
  jobRuns: metric(
    'larder.job.runs',
    'counter',
    '{run}',
    'Runs that ended in this process: `succeeded`, `failed`, `timed-out`, `stopped` or `lost`.',
    'larder.job.name',
    'larder.result',
  ),
  jobDuration: metric(
    'larder.job.duration',
    'histogram',
    's',
    'Duration of runs that ended in this process.',
    'larder.job.name',
    'larder.result',
  ),
  jobSkipped: metric(
    'larder.job.skipped',
    'counter',
    '{tick}',
    'Ticks that were not run: `running` or `missed`.',
    'larder.job.name',
    'larder.reason',
  ),
  jobFailures: metric(
    'larder.job.failures',
    'observed gauge',
    '{run}',
    'Runs since the last one that succeeded, of the whole fleet.',
    'larder.job.name',
  ),
  jobOverdue: metric(
    'larder.job.overdue',
    'observed gauge',
    's',
    'For how long a run should have begun, of the whole fleet; 0 if none is overdue.',
    'larder.job.name',
  ),
  jobPaused: metric(
    'larder.job.paused',
    'observed gauge',
    '1',
    '1 while the job is paused for the whole fleet, 0 otherwise.',
    'larder.job.name',
  ),
  counterWaiting: metric(
    'larder.increment.waiting',
    'observed sum',
    '{key}',
    'Keys whose increments are only in this process.',
    'larder.counter.name',
  ),
  counterFailures: metric(
    'larder.increment.failures',
    'observed gauge',
    '{flush}',
    'Flushes of this process that failed since the last one that succeeded.',
    'larder.counter.name',
  ),
  counterWritten: metric(
    'larder.increment.written',
    'counter',
    '{key}',
    'Keys in the batches that this process has written.',
    'larder.counter.name',
  ),
  deadlineOverdue: metric(
    'larder.deadline.overdue',
    'observed gauge',
    's',
    'For how long the id that is due longest has been due, of the whole fleet; 0 if none is.',
    'larder.deadline.name',
  ),
  deadlineFailures: metric(
    'larder.deadline.failures',
    'observed gauge',
    '{check}',
    'How often expiring has failed in this process since it last succeeded.',
    'larder.deadline.name',
  ),
  deadlineExpired: metric(
    'larder.deadline.expired',
    'counter',
    '{id}',
    'Ids that this process has expired.',
    'larder.deadline.name',
  ),
  sockets: metric('larder.socket.connections', 'sum', '{socket}', 'Open sockets of `RedisIoAdapter`.'),
  subscriptions: metric(
    'larder.live_query.subscriptions',
    'sum',
    '{subscription}',
    'Live queries that sockets follow.',
    'larder.query',
  ),
  socketEvents: metric(
    'larder.live_query.events',
    'counter',
    '{event}',
    'Values and invalidations that were sent to subscribers.',
    'larder.query',
  ),
  socketRefusals: metric(
    'larder.live_query.refusals',
    'counter',
    '{refusal}',
    'Subscriptions that were refused or ended.',
    'larder.code',
  ),
  poolConnections: metric(
    'db.client.connection.count',
    'observed sum',
    '{connection}',
    'Connections of a pool that was given to `meterPool`, by state.',
    'db.client.connection.pool.name',
    'db.client.connection.state',
  ),
  poolWaiting: metric(
    'db.client.connection.pending_requests',
    'observed sum',
    '{request}',
    'Requests that wait for a connection of a pool that was given to `meterPool`.',
    'db.client.connection.pool.name',
  ),
  auditedReads: metric(
    'larder.audit.reads',
    'observed counter',
    '{read}',
    'Hits that the audit compared with a fresh load.',
    'larder.method',
  ),
  staleReads: metric(
    'larder.audit.stale_reads',
    'observed counter',
    '{read}',
    'Of these, hits that a change without an invalidation had made stale.',
    'larder.method',
  ),
  predictiveLoads: metric(
    'larder.cache.predictive.loads',
    'observed counter',
    '{load}',
    'Loads of predictive warming whose end is known: `used` by a caller, `unused` or `failed`.',
    'larder.result',
  ),
  predictivePauses: metric(
    'larder.cache.predictive.pauses',
    'observed counter',
    '{pause}',
    'How often predictive warming paused, because fewer than half of its values were used.',
  ),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricKey = keyof typeof METRICS;
