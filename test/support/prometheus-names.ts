import { METRICS, type Metric } from '../../libs/larder/src/opentelemetry/metric-table.js';

/** The names of all series of Larder's metrics, as the Prometheus exporter of OpenTelemetry for JavaScript writes them. */
export const PROMETHEUS_NAMES: ReadonlySet<string> = new Set(Object.values<Metric>(METRICS).flatMap(seriesOf));

function seriesOf({ name, kind }: Metric): string[] {
  const plain = name.replaceAll('.', '_');
  if (kind === 'histogram') return ['_bucket', '_count', '_sum'].map((end) => plain + end);
  return [kind.endsWith('counter') ? `${plain}_total` : plain];
}

/** The names of Larder's metrics in a text. */
export function metricsIn(text: string): string[] {
  // `larder_job_name` and the like are labels: they stand before `=` or `!=`, in `by (…)`, or after `$labels`.
  const labels = /\b(by|on|without) \([^)]*\)|\blarder_[a-z_]+!?=|\$labels\.\w+/g;
  const withoutLabels = text.replaceAll(labels, '');
  return [...new Set([...withoutLabels.matchAll(/\blarder_[a-z_]+/g)].map(([name]) => name))];
}
