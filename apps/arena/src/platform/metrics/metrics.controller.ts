import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, HttpStatus, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Problem } from '../http/problems/problem.js';
import { AccessToken } from '../http/requests/access-token.js';
import { bearerOf } from '../http/requests/bearer.js';
import { Meter } from './meter.js';

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="arena metrics"' };

/** The metrics of this process, for a Prometheus with the token. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly meter: Meter,
    private readonly token: AccessToken,
  ) {}

  @Get()
  show(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    const given = bearerOf(request);
    if (given === undefined || !this.token.is(given)) {
      const detail = 'Metrics token missing or wrong. Send it as a bearer token.';
      throw new Problem(HttpStatus.UNAUTHORIZED, 'no-metrics-token', detail, { headers: CHALLENGE });
    }
    response.setHeader('Cache-Control', 'no-store');
    this.meter.answer(request, response);
  }
}
