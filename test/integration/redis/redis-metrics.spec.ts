import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Pool } from 'pg';
import { type Cache, createCache } from '../../../libs/larder/src/index.js';
import { meterCache, meterPool } from '../../../libs/larder/src/opentelemetry/index.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** Collects on request. */
class Collector extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

let redis: RedisServer;
let collector: Collector;
let cache: Cache;
let stop: () => void;

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(async () => {
  collector = new Collector();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [collector] }));
  cache = await createCache({ redis: redis.url, redisTimeout: 300 });
  stop = meterCache(cache);
});
afterEach(async () => {
  stop();
  metrics.disable();
  await cache.close();
});
afterAll(() => redis.stop());

/** The values of a metric by its labels: a number, or the count of a histogram. */
async function valuesOf(name: string): Promise<Record<string, number>> {
  const { resourceMetrics } = await collector.collect();
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const points = all.find((metric) => metric.descriptor.name === name)?.dataPoints ?? [];
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      Object.values(attributes).join(' '),
      typeof value === 'number' ? value : value.count,
    ]),
  );
}

it('the durations of commands have their names and results, and never a key', async () => {
  await cache.getOrLoad(['one'], async () => 1, { ttl: '1h' });
  await until(async () => ((await valuesOf('larder.redis.command.duration'))['SET answered'] ?? 0) >= 2);
  const commands = await valuesOf('larder.redis.command.duration');
  // The lease and the entry.
  expect(commands).toMatchObject({ 'GET answered': 1, 'SET answered': 2 });
  await cache.invalidate(['one']);
  expect(await valuesOf('larder.redis.command.duration')).toMatchObject({ 'EVALSHA answered': expect.any(Number) });
  redis.pause();
  await cache.invalidate(['one']);
  const failed = await valuesOf('larder.redis.command.duration');
  redis.resume();
  expect(Object.keys(failed).filter((name) => name.endsWith('failed'))).toEqual(['EVALSHA failed']);
});

it('the circuit breaker is open while Redis hangs, and closed again after it has answered', async () => {
  expect(await valuesOf('larder.redis.circuit')).toEqual({ closed: 1, open: 0, probing: 0 });
  redis.pause();
  await cache.invalidate(['one']);
  expect(await valuesOf('larder.redis.circuit')).toEqual({ closed: 0, open: 1, probing: 0 });
  redis.resume();
  await until(async () => (await cache.invalidate(['one'])).delivered);
  expect(await valuesOf('larder.redis.circuit')).toEqual({ closed: 1, open: 0, probing: 0 });
});

it('a pool has its connections by state, and the callers that wait for one', async () => {
  const postgres = await PostgresServer.start();
  const pool = new Pool({ connectionString: postgres.url, max: 2 });
  // Connections that are closing when the server stops.
  pool.on('error', () => {});
  // The server may end a connection that the pool has given up but not closed yet.
  pool.on('connect', (client) => client.on('error', () => {}));
  const end = meterPool(pool, 'orders');
  const [one, other] = [await pool.connect(), await pool.connect()];
  const waiting = pool.connect();
  expect(await valuesOf('db.client.connection.count')).toEqual({ 'orders used': 2, 'orders idle': 0 });
  expect(await valuesOf('db.client.connection.pending_requests')).toEqual({ orders: 1 });
  one.release();
  (await waiting).release();
  expect(await valuesOf('db.client.connection.count')).toEqual({ 'orders used': 1, 'orders idle': 1 });
  expect(await valuesOf('db.client.connection.pending_requests')).toEqual({ orders: 0 });
  other.release();
  end();
  // Read no more: all are idle now.
  expect(await valuesOf('db.client.connection.count')).toEqual({ 'orders used': 1, 'orders idle': 1 });
  expect(() => meterPool({} as Pool, '')).toThrow(
    expect.objectContaining({
      problems: [expect.stringContaining('invalid pool of meterPool'), 'invalid name of meterPool: got ""'],
    }),
  );
  await pool.end();
  await postgres.stop();
});
