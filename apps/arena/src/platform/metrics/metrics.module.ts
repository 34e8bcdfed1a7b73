import { type DynamicModule, Module } from '@nestjs/common';
import { LarderMetrics } from 'nest-larder/opentelemetry';
import { AccessToken } from '../http/requests/access-token.js';
import { Meter } from './meter.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';
import { PoolMetrics } from './pool-metrics.js';

interface MetricsOptions {
  readonly metricsToken?: string;
  readonly metricsPort?: number;
}

/** Metrics for Prometheus: behind a token, on a port of their own, or both. */
@Module({})
export class MetricsModule {
  /** No module if neither is given: then nothing is measured. */
  static of({ metricsToken: token, metricsPort: port }: MetricsOptions): DynamicModule[] {
    if (token === undefined && port === undefined) return [];
    const served = {
      provide: MetricsServer,
      inject: [Meter],
      useFactory: (meter: Meter) => new MetricsServer(meter, port as number),
    };
    return [
      {
        module: MetricsModule,
        controllers: token === undefined ? [] : [MetricsController],
        providers: [
          Meter,
          LarderMetrics,
          PoolMetrics,
          ...(token === undefined ? [] : [{ provide: AccessToken, useValue: new AccessToken(token) }]),
          ...(port === undefined ? [] : [served]),
        ],
      },
    ];
  }
}
