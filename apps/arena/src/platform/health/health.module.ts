import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseIndicator } from './database-indicator.js';
import { HealthController } from './health.controller.js';
import { Indicators } from './indicators.js';

// Terminus would log the content of every response.
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [DatabaseIndicator, Indicators],
})
export class HealthModule {}
