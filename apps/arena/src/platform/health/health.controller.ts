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

  @Get()
  @Header('Cache-Control', 'no-store')
  /** Answers 503 if a part is down. Without Redis this arena still serves requests: load balancers should check `live`. */
  async check(@Res({ passthrough: true }) response: object): Promise<object> {
    try {
      return await this.health.check([...this.indicators.all]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      this.host.httpAdapter.status(response, error.getStatus());
      return error.getResponse() as object;
    }
  }

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
