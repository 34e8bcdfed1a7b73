import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { until } from '../../../../test/support/until.js';
import { SOCKET } from '../base/signals/work-signals.js';
import {
  Cache,
  Cacheable,
  CacheableBatch,
  createCache,
  defineCounter,
  defineDeadline,
  Job,
  Jobs,
  LarderModule,
} from '../index.js';
import { FEED, JOURNAL } from '../observability/event-signals.js';
import { FakeClock, MemoryTier } from '../testing/index.js';
import { LarderMetrics, meterCache } from './larder-metrics.js';
import { METRICS } from './metric-table.js';

/** Collects on request. */
class Collector extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

let collector: Collector;
let provider: MeterProvider;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  collector = new Collector();
  provider = new MeterProvider({ readers: [collector] });
  metrics.setGlobalMeterProvider(provider);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  metrics.disable();
  await provider.shutdown();
});

async function collected(): Promise<Map<string, MetricData>> {
  const { resourceMetrics, errors } = await collector.collect();
  expect(errors).toEqual([]);
  const [scope] = resourceMetrics.scopeMetrics;
  expect(scope?.scope).toMatchObject({ name: 'nest-larder', version: '0.1.0' });
  return new Map(scope?.metrics.map((metric) => [metric.descriptor.name, metric]));
}

/** The values of a metric by its labels: a number, or the count and sum of a histogram. */
async function valuesOf(name: string): Promise<Record<string, unknown>> {
  const points = (await collected()).get(name)?.dataPoints ?? [];
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      Object.values(attributes).join(' '),
      typeof value === 'number' ? value : `${value.count}: ${value.sum}`,
    ]),
  );
}

@Injectable()
class Work {
  fails = false;
  readonly views = defineCounter({ name: 'views', flushEvery: '1h', write: async () => {} });
  readonly offers = defineDeadline({ name: 'offers', every: '1h', expire: async () => {}, onError: () => {} });

  @Cacheable({ key: (id: string) => ['rows', id], ttl: '1h' })
  async find(id: string) {
    return { id };
  }

  @Cacheable({ key: (id: string) => ['odd', id], ttl: '1h', when: (id: string) => id !== '0' })
  async odd(id: string) {
    return { id };
  }

  @CacheableBatch({ key: (id: string) => ['many', id], ttl: '1h', when: (ids: readonly string[]) => ids[0] !== '0' })
  async many(ids: readonly string[]) {
    return ids.map((id) => ({ id }));
  }

  @Job({ name: 'tidy', cron: '0 0 1 1 *' })
  tidy() {
    if (this.fails) throw new Error('no database');
  }
}

/** All requests of `Work.find` and of the cache itself, before there are any. */
const NO_REQUESTS = Object.fromEntries(
  ['Work.find', 'direct'].flatMap((method) =>
    ['hit memory', 'hit redis', 'stale memory', 'stale redis', 'miss source', 'refused source', 'bypass source'].map(
      (result) => [`${method} ${result}`, 0],
    ),
  ),
);

/** The requests of the cache itself that are not zero. */
async function directRequests(): Promise<Record<string, unknown>> {
  const requests = Object.entries(await valuesOf('larder.cache.requests'));
  return Object.fromEntries(requests.filter(([name, value]) => value !== 0 && name.startsWith('direct')));
}

async function startApp() {
  const clock = new FakeClock();
  @Module({ imports: [LarderModule.forRoot({ clock, redis: false })], providers: [Work, LarderMetrics] })
  class App {}
  const app: INestApplicationContext = await NestFactory.createApplicationContext(App, {
    logger: false,
    abortOnError: false,
  });
  closing.push(() => app.close());
  return { app, clock, work: app.get(Work), cache: app.get(Cache), jobs: app.get(Jobs) };
}

describe('metrics of an application', () => {
  it('count calls by method and result, and those without a method as direct', async () => {
    const { work, cache, clock } = await startApp();
    await work.find('1');
    await work.find('1');
    await work.find('2');
    await cache.getOrLoad(['own'], async () => 1);
    expect(await valuesOf('larder.cache.requests')).toEqual({
      ...NO_REQUESTS,
      'Work.find hit memory': 1,
      'Work.find miss source': 2,
      'direct miss source': 1,
    });
    expect(await valuesOf('larder.cache.loads')).toEqual({ 'Work.find': 2, direct: 1 });
    expect(await valuesOf('larder.cache.entries')).toEqual({ 'Work.find': 2, direct: 1 });
    const memory = await valuesOf('larder.cache.memory');
    expect(Number(memory['Work.find']) + Number(memory.direct)).toBe(cache.stats().bytes);
    clock.advance(1000);
    // The counts are read when they are collected.
    await work.find('1');
    expect(await valuesOf('larder.cache.requests')).toMatchObject({ 'Work.find hit memory': 2 });
  });

  it('count calls that run uncached, and for batches the values that they ask for', async () => {
    const { work } = await startApp();
    for (const id of ['0', '0', '1']) await work.odd(id);
    await work.many(['0', '1', '2']);
    expect(await valuesOf('larder.cache.requests')).toMatchObject({
      'Work.odd bypass source': 2,
      'Work.odd miss source': 1,
      'Work.many bypass source': 3,
      'Work.many miss source': 0,
    });
  });

  it('have the durations of loads, and the ages of hits and of refused values, in seconds', async () => {
    const { cache, clock, work } = await startApp();
    await cache.getOrLoad(['slow'], async () => clock.advance(250));
    await cache.getOrLoad(['bad'], async () => Promise.reject(new Error('no'))).catch(() => {});
    await work.find('1');
    clock.advance(5000);
    for (let hit = 1; hit <= 64; hit++) await work.find('1');
    await cache.invalidate(['rows', '1']);
    clock.advance(1000);
    await work.find('1');
    expect(await valuesOf('larder.cache.load.duration')).toEqual({
      'direct loaded': '1: 0.25',
      'direct failed': '1: 0',
      'Work.find loaded': '2: 0',
    });
    expect(await valuesOf('larder.cache.hit.age')).toEqual({ 'Work.find': '1: 5' });
    expect(await valuesOf('larder.cache.refused.age')).toEqual({ 'Work.find memory': '1: 6' });
    expect(await valuesOf('larder.cache.invalidations')).toEqual({ call: 1 });
    expect(await valuesOf('larder.cache.load.errors')).toEqual({ 'Work.find': 0, direct: 1 });
  });

  it('count runs of jobs, their failures, for how long they are overdue and whether they are paused', async () => {
    const { cache, jobs, work, clock } = await startApp();
    await jobs.runNow('tidy');
    work.fails = true;
    await jobs.runNow('tidy');
    expect(await valuesOf('larder.job.runs')).toEqual({ 'tidy succeeded': 1, 'tidy failed': 1 });
    expect(await valuesOf('larder.job.duration')).toEqual({ 'tidy succeeded': '1: 0', 'tidy failed': '1: 0' });
    expect(await valuesOf('larder.job.failures')).toEqual({ tidy: 1 });
    expect(await valuesOf('larder.job.overdue')).toEqual({ tidy: 0 });
    expect(await valuesOf('larder.job.paused')).toEqual({ tidy: 0 });
    await jobs.pause('tidy', 'Ada');
    expect(await valuesOf('larder.job.paused')).toEqual({ tidy: 1 });
    await jobs.resume('tidy');
    const status = { name: 'tidy', consecutiveFailures: 4, overdueSince: new Date(clock.now() - 90_000) };
    jobs.list = async () => [status] as never;
    expect(await valuesOf('larder.job.overdue')).toEqual({ tidy: 90 });
    jobs.report({ type: 'skipped', name: 'tidy', scheduledFor: new Date(), count: 3, reason: 'missed' });
    expect(await valuesOf('larder.job.skipped')).toEqual({ 'tidy missed': 3 });
    // Redis is away: these two keep their last value, and the others go on.
    jobs.list = async () => Promise.reject(new Error('gone'));
    await cache.getOrLoad(['later'], async () => 1);
    expect(await valuesOf('larder.job.overdue')).toEqual({ tidy: 90 });
    expect(await valuesOf('larder.cache.loads')).toMatchObject({ direct: 1 });
  });

  it('have what waits in counters, and what is due in deadlines', async () => {
    const { work, clock } = await startApp();
    await work.views.add('a');
    await work.views.add('b');
    await work.offers.track('1', clock.now() - 30_000);
    expect(await valuesOf('larder.increment.waiting')).toEqual({ views: 2 });
    expect(await valuesOf('larder.deadline.overdue')).toEqual({ offers: 30 });
    await work.views.flush();
    await work.offers.expireDue();
    expect(await valuesOf('larder.increment.waiting')).toEqual({ views: 0 });
    expect(await valuesOf('larder.increment.written')).toEqual({ views: 2 });
    expect(await valuesOf('larder.increment.failures')).toEqual({ views: 0 });
    expect(await valuesOf('larder.deadline.overdue')).toEqual({ offers: 0 });
    expect(await valuesOf('larder.deadline.expired')).toEqual({ offers: 1 });
    expect(await valuesOf('larder.deadline.failures')).toEqual({ offers: 0 });
  });

  it('have the state of journal, feed and sockets', async () => {
    await startApp();
    JOURNAL.send({ type: 'journal-lost', error: new Error('gone') });
    FEED.send({ type: 'feed-delivered', changes: 12, age: 3 });
    for (const type of ['connected', 'connected', 'disconnected'] as const) SOCKET.send({ type, namespace: '/live' });
    for (const type of ['subscribed', 'told', 'told'] as const) SOCKET.send({ type, query: 'Work.find' });
    SOCKET.send({ type: 'refused', query: undefined, code: 'off' });
    expect(await valuesOf('larder.journal.losses')).toEqual({ '': 1 });
    expect(await valuesOf('larder.journal.current')).toEqual({ '': 1 });
    expect(await valuesOf('larder.journal.lag')).toEqual({ '': 0 });
    expect(await valuesOf('larder.journal.delivery.lag')).toEqual({ '': 0 });
    expect(await valuesOf('larder.feed.changes')).toEqual({ '': 12 });
    expect(await valuesOf('larder.feed.status')).toMatchObject({ off: 1, reading: 0 });
    expect(await valuesOf('larder.feed.gaps')).toEqual({ '': 0 });
    expect(await valuesOf('larder.socket.connections')).toEqual({ '': 1 });
    expect(await valuesOf('larder.live_query.subscriptions')).toEqual({ 'Work.find': 1 });
    expect(await valuesOf('larder.live_query.events')).toEqual({ 'Work.find': 2 });
    expect(await valuesOf('larder.live_query.refusals')).toEqual({ off: 1 });
  });

  it('end with the application', async () => {
    const { app, cache } = await startApp();
    await app.close();
    closing.pop();
    await cache.getOrLoad(['late'], async () => 1);
    expect([...(await collected().catch(() => new Map())).keys()]).toEqual([]);
  });
});

describe('meterCache', () => {
  it('measures a cache without Nest, with its shared tier and what it could not store', async () => {
    const clock = new FakeClock();
    const cache = await createCache({ clock, maxEntries: 1, tier: new MemoryTier(clock), audit: 1, jitter: 0 });
    closing.push(() => cache.close(), meterCache(cache));
    await cache.getOrLoad(['a'], async () => 1, { ttl: '1s' });
    await cache.getOrLoad(['b'], async () => 1, { ttl: '1s' });
    await cache.getOrLoad(['b'], async () => 1, { ttl: '1s' });
    await cache.getOrLoad(['c'], async () => () => {});
    await cache.getOrLoad(['d'], async () => cache.invalidate(['d']));
    clock.advance(60_000);
    expect(await valuesOf('larder.cache.evictions')).toEqual({ full: 1, expired: 1, invalidated: 0 });
    expect(await valuesOf('larder.cache.rejections')).toEqual({ invalidated: 1, uncacheable: 1 });
    expect(await valuesOf('larder.shared_tier.requests')).toEqual({ hit: 0, miss: 4, discarded: 0 });
    expect(await valuesOf('larder.shared_tier.stores')).toEqual({ '': 2 });
    expect(await valuesOf('larder.shared_tier.failures')).toEqual({ '': 0 });
    await until(async () => (await valuesOf('larder.audit.reads')).direct === 1);
    expect(await valuesOf('larder.audit.stale_reads')).toEqual({ direct: 0 });
  });

  it('counts each call once: loads for an invalidated value as refused, and not as misses', async () => {
    const cache = await createCache();
    closing.push(() => cache.close(), meterCache(cache));
    const read = () => cache.getOrLoad(['a'], async () => 1);
    await read();
    await cache.invalidate(['a']);
    await read();
    await read();
    expect(await directRequests()).toEqual({
      'direct miss source': 1,
      'direct refused source': 1,
      'direct hit memory': 1,
    });
    await cache.invalidate(['a']);
    const keys = [['a'], ['b']] as const;
    await cache.getMany(keys, async (missing) => missing.map(() => 1));
    expect(await directRequests()).toMatchObject({ 'direct miss source': 2, 'direct refused source': 2 });
    // Found to be invalid at the read.
    expect(await valuesOf('larder.cache.evictions')).toMatchObject({ invalidated: 2 });
  });

  it('records the ages of at most a thousand hits between two collections', async () => {
    const cache = await createCache();
    closing.push(() => cache.close(), meterCache(cache));
    const hit = async (times: number) => {
      for (let call = 0; call < times; call++) await cache.getOrLoad(['a'], async () => 1);
    };
    await hit(64 * 1100);
    expect((await valuesOf('larder.cache.hit.age')).direct).toMatch(/^1000: /);
    await hit(64 * 5);
    expect((await valuesOf('larder.cache.hit.age')).direct).toMatch(/^1005: /);
  });

  it('counts values that the sweep removes because they were invalidated', async () => {
    const clock = new FakeClock();
    const cache = await createCache({ clock });
    closing.push(() => cache.close(), meterCache(cache));
    await cache.getOrLoad(['a'], async () => 1, { ttl: '1h' });
    await cache.invalidate(['a']);
    clock.advance(60_000);
    expect(await valuesOf('larder.cache.evictions')).toEqual({ full: 0, expired: 0, invalidated: 1 });
  });

  it('counts values of the shared tier by their age: within the TTL, or past it', async () => {
    const clock = new FakeClock();
    // The memory holds one value; the others are only in the tier.
    const cache = await createCache({ clock, maxEntries: 1, tier: new MemoryTier(clock), jitter: 0 });
    closing.push(() => cache.close(), meterCache(cache));
    const read = (key: string) => cache.getOrLoad([key], async () => key, { ttl: '1m', staleWhileRevalidate: '1h' });
    for (const key of ['a', 'b', 'a']) await read(key);
    expect(await directRequests()).toEqual({ 'direct miss source': 2, 'direct hit redis': 1 });
    clock.advance(70_000);
    await read('b');
    expect(await directRequests()).toEqual({
      'direct miss source': 2,
      'direct hit redis': 1,
      'direct stale redis': 1,
    });
  });

  it('has how long calls waited for the load of another process', async () => {
    let asked = 0;
    // Another process holds the lease when it is first asked for.
    const leases = { take: async () => (asked++ === 0 ? undefined : { release: async () => {} }) };
    const cache = await createCache({ tier: new MemoryTier(), leases });
    closing.push(() => cache.close(), meterCache(cache));
    await cache.getOrLoad(['a'], async () => 1);
    await cache.getOrLoad(['b'], async () => 1);
    expect(await valuesOf('larder.lease.wait.duration')).toEqual({
      'direct granted': expect.stringMatching(/^1: 0\.\d/),
    });
  });

  it('measures nothing without a meter provider, and disturbs nothing', async () => {
    metrics.disable();
    const cache = await createCache();
    closing.push(() => cache.close(), meterCache(cache));
    expect(await cache.getOrLoad(['a'], async () => 1)).toBe(1);
    const { resourceMetrics } = await collector.collect();
    expect(resourceMetrics.scopeMetrics).toEqual([]);
  });
});

describe('the table of metrics', () => {
  it('follows the naming rules of OpenTelemetry', () => {
    const all = Object.values(METRICS);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, unit, doc, kind } of all) {
      // The semantic conventions name the metrics of connection pools.
      if (!name.startsWith('db.client.connection.')) {
        expect(name).toMatch(/^larder\.[a-z_]+(\.[a-z_]+)+$/);
        expect(name).not.toMatch(/total|count$|seconds|bytes|\bratio/);
      }
      expect(unit).toMatch(/^(s|By|1|\{[a-z]+\})$/);
      expect(doc).toMatch(/\.$/);
      if (kind === 'histogram') expect(unit).toBe('s');
    }
  });

  it('has exactly what an application reports', async () => {
    const { work, cache } = await startApp();
    await work.find('1');
    await cache.invalidate(['rows']);
    const found = await collected();
    for (const [name, { descriptor }] of found) {
      const metric = Object.values(METRICS).find((one) => one.name === name);
      expect(descriptor).toMatchObject({ unit: metric?.unit, description: metric?.doc });
    }
    expect(found.size).toBeGreaterThan(15);
  });
});
