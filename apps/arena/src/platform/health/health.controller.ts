import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { Indicators } from './indicators.js';

@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: Indicators,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Answers 503 if a part is down: for people and alerts, who read what to do. */
  @Get()
  @Header('Cache-Control', 'no-store')
  check(@Res({ passthrough: true }) response: object): Promise<object> {
    return this.report(response, this.indicators.all);
  }

  /** Answers as long as the event loop runs. Without an answer, restart the process. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Answers 503 while this process cannot serve requests, or stops. Send it none until it answers 200; do not restart it. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  ready(@Res({ passthrough: true }) response: object): Promise<object> {
    return this.report(response, this.indicators.needed);
  }

  private async report(response: object, parts: Indicators['all'] | Indicators['needed']): Promise<object> {
    try {
      return await this.health.check([...parts]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      this.host.httpAdapter.status(response, error.getStatus());
      return error.getResponse() as object;
    }
  }
}
