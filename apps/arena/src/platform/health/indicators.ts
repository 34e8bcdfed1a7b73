import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { LarderHealth } from 'nest-larder/health';
import { Broadcaster } from 'nest-larder/realtime';
import { DatabaseIndicator } from './database-indicator.js';

/** The health of each part of arena. */
@Injectable()
export class Indicators {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly larder: LarderHealth,
    private readonly broadcaster: Broadcaster<object>,
    private readonly database: DatabaseIndicator,
  ) {}

  /** Every part, for people and alerts. */
  readonly all = [() => this.database.check(), ...this.larder.all, () => this.ofSockets()];

  /** What this process cannot serve requests without, and another process may have. Redis is not: all would be cut off. */
  readonly needed = [() => this.database.check(), () => this.larder.cache()];

  private async ofSockets() {
    return this.health.check('sockets').up({ connected: this.broadcaster.sockets });
  }
}
