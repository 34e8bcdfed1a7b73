import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { defer } from '../../../../test/support/defer.js';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, createCache, LarderModule } from '../index.js';
import { FakeClock } from '../testing/index.js';
import { LarderTracing, traceCache } from './larder-tracing.js';
import { currentTraceparent, traceTransaction } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

let exporter: InMemorySpanExporter;
let cache: Cache;
let clock: FakeClock;
const ends: (() => unknown)[] = [];

function record(sampler?: Sampler): void {
  exporter = new InMemorySpanExporter();
  trace.disable();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
}

beforeEach(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  record();
  clock = new FakeClock();
  cache = await createCache({ clock, jitter: 0 });
  ends.push(() => cache.close(), traceCache(cache));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  trace.disable();
  context.disable();
});

/** Runs work inside of a span of the application. */
function within<T>(name: string, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('application').startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().filter((span) => span.name === name);
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const linksOf = (span: ReadableSpan | undefined) =>
  span?.links.map(({ context: linked, attributes }) => [linked.spanId, attributes?.['larder.link']]);
/** The ids of the application's spans, in the order in which they ended. */
const ids = (...names: string[]) => names.map((name) => idOf(named(name)[0]));

describe('the span of a load', () => {
  it('belongs to the call that began it, links to the calls that joined it, and is active inside of the loader', async () => {
    const value = defer<string>();
    let inside: string | undefined;
    const read = () =>
      cache.getOrLoad(['one'], () => {
        inside = idOfActive();
        return value.promise;
      });
    const calls = ['first', 'second', 'third'].map((name) => within(name, read));
    value.resolve('loaded');
    await Promise.all(calls);
    const [first, second, third] = ids('first', 'second', 'third');
    const [load, ...others] = named('load');
    expect(others).toEqual([]);
    expect(idOf(load)).toBe(inside);
    expect(load?.parentSpanContext?.spanId).toBe(first);
    expect(linksOf(load)).toEqual([
      [second, 'follower'],
      [third, 'follower'],
    ]);
    expect(load?.attributes).toEqual({ 'larder.method': 'direct', 'larder.values': 1, 'larder.background': false });
  });

  it('is not made for a hit', async () => {
    await cache.getOrLoad(['one'], async () => 1);
    exporter.reset();
    await cache.getOrLoad(['one'], async () => 2);
    expect(spans()).toEqual([]);
  });

  it('has the error of a load that failed', async () => {
    const failed = within('call', () => cache.getOrLoad(['one'], () => Promise.reject(new Error('no database'))));
    await expect(failed).rejects.toThrow('no database');
    const [load] = named('load');
    expect(load?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no database' });
    expect(load?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('begins a trace of its own for a background refresh, with a link to the call that was served the old value', async () => {
    const read = () => cache.getOrLoad(['one'], async () => 1, { ttl: '1m', staleWhileRevalidate: '1m' });
    await read();
    clock.advance(70_000);
    exporter.reset();
    await within('served stale', read);
    await until(() => named('load').length === 1);
    const [load] = named('load');
    const [call] = named('served stale');
    expect(load?.parentSpanContext).toBeUndefined();
    expect(load?.spanContext().traceId).not.toBe(call?.spanContext().traceId);
    expect(linksOf(load)).toEqual([[idOf(call), 'cause']]);
    expect(load?.attributes).toMatchObject({ 'larder.background': true });
  });

  it('begins a trace of its own for warming, with a link to the work that warms', async () => {
    const source = { key: (id: string) => ['rows', id] as const, load: async (id: string) => id };
    await within('warming', () => cache.warm(source, [['1'], ['2']]).then(() => {}));
    const [warming] = ids('warming');
    expect(named('load').map((load) => [load.parentSpanContext, linksOf(load)])).toEqual([
      [undefined, [[warming, 'cause']]],
      [undefined, [[warming, 'cause']]],
    ]);
  });

  it('is one for all keys of a batch, and links to calls that joined one of them', async () => {
    const values = defer<number[]>();
    const batch = within('batch', () => cache.getMany([['a'], ['b']], () => values.promise));
    const joined = within('joined', () => cache.getOrLoad(['b'], async () => 0));
    values.resolve([1, 2]);
    expect(await Promise.all([batch, joined])).toEqual([[1, 2], 2]);
    const loads = named('load');
    expect(loads.map(({ attributes }) => attributes['larder.values'])).toEqual([2]);
    expect(loads[0]?.parentSpanContext?.spanId).toBe(ids('batch')[0]);
    expect(linksOf(loads[0])).toEqual([[ids('joined')[0], 'follower']]);
  });

  it('follows an event of the refused value in the span of the call', async () => {
    const read = () => cache.getOrLoad(['one'], async () => 1);
    await read();
    await cache.invalidate(['one']);
    await within('call', read);
    const [call] = named('call');
    expect(call?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['larder.refused', { 'larder.method': 'direct', 'larder.tier': 'memory', 'larder.age': 0 }],
    ]);
  });
});

describe('the span of an invalidation', () => {
  it('is a producer below the work that invalidates', async () => {
    await within('write', () => cache.invalidate(['one'], ['two']).then(() => {}));
    const [invalidation] = named('invalidate');
    expect(invalidation?.kind).toBe(SpanKind.PRODUCER);
    expect(invalidation?.attributes).toEqual({ 'larder.slots': 2 });
    expect(invalidation?.parentSpanContext?.spanId).toBe(ids('write')[0]);
  });
});

describe('a tracer', () => {
  it('goes on with a trace of another process, and links to others', () => {
    const other = TRACEPARENT.replace(SPAN, '00f067aa0ba902b7');
    const options = { name: 'deliver', kind: 'consumer', attributes: {}, parent: TRACEPARENT, links: [other] } as const;
    expect(cache.tracer?.span(options, () => cache.tracer?.traceparent)).toMatch(new RegExp(`^00-${TRACE}-`));
    const [span] = named('deliver');
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
    expect(linksOf(span)).toEqual([['00f067aa0ba902b7', undefined]]);
  });

  it('has no traceparent outside of a span, nor for a trace that is not recorded', async () => {
    expect(cache.tracer?.traceparent).toBeUndefined();
    record(new AlwaysOffSampler());
    traceCache(cache);
    await within('dropped', async () => {
      expect(currentTraceparent()).toMatch(/-00$/);
      expect(cache.tracer?.traceparent).toBeUndefined();
    });
  });

  it('is removed from the cache when it is stopped', async () => {
    ends.pop()?.call(undefined);
    expect(cache.tracer).toBeUndefined();
    await cache.getOrLoad(['one'], async () => 1);
    await cache.invalidate(['one']);
    expect(spans()).toEqual([]);
  });
});

describe('a transaction', () => {
  const client = () => {
    const sent: unknown[] = [];
    return { sent, query: async (...args: unknown[]) => void sent.push(args) };
  };

  it('gets the traceparent of the span that runs', async () => {
    const { sent, query } = client();
    const isTraced = await within('write', () => traceTransaction({ query }));
    const expected = `00-${named('write')[0]?.spanContext().traceId}-${ids('write')[0]}-01`;
    expect([isTraced, sent]).toEqual([true, [[`select set_config('larder.traceparent', $1, true)`, [expected]]]]);
  });

  it('gets none outside of a span', async () => {
    const { sent, query } = client();
    expect([await traceTransaction({ query }), sent]).toEqual([false, []]);
  });
});

it('LarderTracing traces the methods of an application by their names', async () => {
  @Injectable()
  class Rows {
    @Cacheable({ key: (id: string) => ['rows', id], ttl: '1h' })
    async find(id: string) {
      return { id };
    }
  }
  @Module({ imports: [LarderModule.forRoot({ redis: false })], providers: [Rows, LarderTracing] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  await app.get(Rows).find('1');
  expect(named('load Rows.find').map(({ attributes }) => attributes['larder.method'])).toEqual(['Rows.find']);
  await app.close();
  expect(app.get(Cache).tracer).toBeUndefined();
});

function idOfActive(): string | undefined {
  return trace.getActiveSpan()?.spanContext().spanId;
}
