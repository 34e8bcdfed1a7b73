import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { meterPool } from 'nest-larder/opentelemetry';
import { OPEN_DATABASE, type OpenDatabase } from '../database/open-database.js';

/** Measures the pool of database connections. */
@Injectable()
export class PoolMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private stop = () => {};

  constructor(@Inject(OPEN_DATABASE) private readonly open: OpenDatabase) {}

  onApplicationBootstrap(): void {
    const { open } = this;
    this.stop = meterPool(
      {
        get totalCount() {
          const { inUse, idle } = open.pool();
          return inUse + idle;
        },
        get idleCount() {
          return open.pool().idle;
        },
        get waitingCount() {
          return open.pool().waiting;
        },
      },
      'arena',
    );
  }

  onApplicationShutdown(): void {
    this.stop();
  }
}
