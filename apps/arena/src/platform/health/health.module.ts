import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { LarderHealth } from 'nest-larder/health';
import { DatabaseIndicator } from './database-indicator.js';
import { HealthController } from './health.controller.js';
import { Indicators } from './indicators.js';

// Terminus would log the content of every response.
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [DatabaseIndicator, Indicators, LarderHealth],
})
export class HealthModule {}
