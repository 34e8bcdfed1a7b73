import {
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type Meter,
  metrics,
  type Observable,
  type UpDownCounter,
} from '@opentelemetry/api';
import { RELEASE } from '../base/package/copies.js';
import { METRICS, type Metric, type MetricKey } from './metric-table.js';

/** Values of the attributes that the table lists for a metric. */
export type Labels<Key extends MetricKey> = Readonly<Record<(typeof METRICS)[Key]['attributes'][number], string>>;

/** Reports one value of a metric that is collected. */
export type Observe = <Key extends MetricKey>(key: Key, value: number, labels: Labels<Key>) => void;

/** Bounds of the buckets of durations and ages, in seconds: from a query to the TTL of a day. */
const BOUNDARIES = {
  s: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400],
};

/** The instruments of all metrics of the table, each made once. */
export class Instruments {
  readonly #meter: Meter;
  readonly #counters = new Map<MetricKey, Counter | UpDownCounter>();
  readonly #histograms = new Map<MetricKey, Histogram>();
  readonly #observables = new Map<MetricKey, Observable>();

  constructor(meter: Meter) {
    this.#meter = meter;
    for (const [key, metric] of Object.entries(METRICS) as [MetricKey, Metric][]) this.#make(key, metric);
  }

  /** Adds to a counter or a sum. */
  add<Key extends MetricKey>(key: Key, value: number, labels: Labels<Key>): void {
    this.#counters.get(key)?.add(value, labels);
  }

  /** Records one value of a histogram. @param time milliseconds */
  record<Key extends MetricKey>(key: Key, time: number, labels: Labels<Key>): void {
    this.#histograms.get(key)?.record(Math.max(0, time) / 1000, labels);
  }

  /**
   * Calls `collect` whenever metrics are collected.
   *
   * @param keys the metrics that it may report
   * @param collect after its errors, metrics that it has not reported yet keep their last value
   * @returns a function that ends this
   */
  observe(keys: readonly MetricKey[], collect: (observe: Observe) => void | Promise<void>): () => void {
    const observables = keys.flatMap((key) => this.#observables.get(key) ?? []);
    const callback: BatchObservableCallback = async (result) => {
      const observe: Observe = (key, value, labels) => {
        const observable = this.#observables.get(key);
        if (observable !== undefined) result.observe(observable, value, labels);
      };
      try {
        await collect(observe);
      } catch {
        // Redis is away: the other metrics tell that.
      }
    };
    this.#meter.addBatchObservableCallback(callback, observables);
    return () => this.#meter.removeBatchObservableCallback(callback, observables);
  }

  #make(key: MetricKey, { name, kind, unit, doc: description }: Metric): void {
    const options = { unit, description };
    const meter = this.#meter;
    switch (kind) {
      case 'counter':
        this.#counters.set(key, meter.createCounter(name, options));
        break;
      case 'sum':
        this.#counters.set(key, meter.createUpDownCounter(name, options));
        break;
      case 'histogram':
        this.#histograms.set(
          key,
          meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: BOUNDARIES.s } }),
        );
        break;
      case 'observed counter':
        this.#observables.set(key, meter.createObservableCounter(name, options));
        break;
      case 'observed sum':
        this.#observables.set(key, meter.createObservableUpDownCounter(name, options));
        break;
      case 'observed gauge':
        this.#observables.set(key, meter.createObservableGauge(name, options));
    }
  }
}

/** The instruments of the meter `nest-larder` of the global meter provider. */
export function newInstruments(): Instruments {
  const [name, version] = RELEASE.split('@');
  return new Instruments(metrics.getMeter(name as string, version));
}
