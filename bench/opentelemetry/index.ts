import 'reflect-metadata';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Cache, Cacheable, LarderModule } from 'nest-larder';
import { meterCache, traceCache } from 'nest-larder/opentelemetry';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { printTimings, speedOf } from '../measure/timings.js';
import { type Candidate, timeInSlices } from './slices.js';

// Hits in memory without OpenTelemetry, with metrics that a periodic reader collects each second, and with a tracer too. The same
// cache in one process: the listeners are added before a slice and removed after it. Each slice is longer than the interval of the
// reader, so its processor time contains collections.

const IDS: readonly string[] = Array.from({ length: 2_000 }, (_, index) => String(index + 1));
const ROUNDS = Number(process.env.ROUNDS ?? 30);
/** Milliseconds. */
const COLLECT_EVERY = 1_000;

@Injectable()
class Tournaments {
  @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '1d' })
  async find(id: string) {
    return { id, title: `Tournament ${id}`, venueId: String(Number(id) % 50), seats: 64 };
  }
}

@Module({ imports: [LarderModule.forRoot({ redis: false })], providers: [Tournaments] })
class App {}

let collections = 0;
/** Takes what it gets, as an exporter that sends it elsewhere. */
const exporter: PushMetricExporter = {
  export: (_, done) => {
    collections++;
    done({ code: 0 });
  },
  forceFlush: async () => {},
  selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  shutdown: async () => {},
};

const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: COLLECT_EVERY });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
trace.setGlobalTracerProvider(new BasicTracerProvider());
const application = await NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
const cache = application.get(Cache);
const tournaments = application.get(Tournaments);

const WAYS = {
  getOrLoad: (id: string) => cache.getOrLoad(['tournaments', id], () => tournaments.find(id), { ttl: '1d' }),
  'decorated method': (id: string) => tournaments.find(id),
};
const OBSERVERS: Readonly<Record<string, () => () => void>> = {
  none: () => () => {},
  'none again': () => () => {},
  'metrics, read each second': () => meterCache(cache),
  'metrics and a tracer': () => {
    const stops = [meterCache(cache), traceCache(cache)];
    return () => {
      for (const stop of stops) stop();
    };
  },
};

console.log(describeRun(`${IDS.length} keys, all in memory, ${ROUNDS} rounds, processor time`));
for (const [title, read] of Object.entries(WAYS)) {
  const candidates: Candidate[] = Object.entries(OBSERVERS).map(([name, observe]) => ({
    name,
    observe,
    run: async () => {
      for (const id of IDS) await read(id);
      // The timer of the reader runs between two turns.
      await nextTurn();
      return IDS.length;
    },
  }));
  const timings = await timeInSlices(candidates, { rounds: ROUNDS, slice: COLLECT_EVERY * 1.1 });
  printTimings(`hits, ${title}`, 'none', timings);
  const figure = speedOf('metrics, read each second', 'none', timings);
  judge([{ what: `${title} with a reader attached to none`, figure, atLeast: 0.98 }]);
}
console.log(`\n${collections} collections`);
process.exit();
