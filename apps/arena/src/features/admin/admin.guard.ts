import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, HttpStatus, Injectable } from '@nestjs/common';
import { Problem } from '../../platform/http/problems/problem.js';
import { AccessToken } from '../../platform/http/requests/access-token.js';
import { bearerOf } from '../../platform/http/requests/bearer.js';

/** Allows requests with the admin token. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly admin: AccessToken) {}

  canActivate(context: ExecutionContext): boolean {
    const token = bearerOf(context.switchToHttp().getRequest<IncomingMessage>());
    if (token === undefined)
      throw refused('Admin token missing. Send it as a bearer token.', 'Bearer realm="arena admin"');
    if (this.admin.is(token)) return true;
    throw refused('Invalid admin token.', 'Bearer realm="arena admin", error="invalid_token"');
  }
}

function refused(detail: string, challenge: string): Problem {
  return new Problem(HttpStatus.UNAUTHORIZED, 'not-an-admin', detail, { headers: { 'WWW-Authenticate': challenge } });
}
