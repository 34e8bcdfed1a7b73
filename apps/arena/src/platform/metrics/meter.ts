import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/** The meter provider of the process, and its metrics as Prometheus reads them. */
@Injectable()
export class Meter implements OnApplicationShutdown {
  private readonly exporter = new PrometheusExporter({ preventServerStart: true, appendTimestamp: false });
  private readonly provider = new MeterProvider({
    readers: [this.exporter],
    // In Prometheus the suffix `_count` belongs to histograms: promtool refuses it for a gauge.
    views: [{ instrumentName: 'db.client.connection.count', name: 'db.client.connections' }],
  });

  constructor() {
    // Larder asks for its meter when the application starts.
    metrics.setGlobalMeterProvider(this.provider);
  }

  /** Answers a request with all metrics, in the text format of Prometheus. */
  readonly answer: PrometheusExporter['getMetricsRequestHandler'] = (request, response) =>
    this.exporter.getMetricsRequestHandler(request, response);

  async onApplicationShutdown(): Promise<void> {
    metrics.disable();
    await this.provider.shutdown();
  }
}
