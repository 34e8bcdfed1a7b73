import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, HttpStatus, Injectable } from '@nestjs/common';
import { Problem } from '../problems/problem.js';
import { AdminToken } from './admin-token.js';

/** Lets those through who carry the admin token. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly token: AdminToken) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (this.token.isIn(headers.authorization)) return true;
    throw new Problem(HttpStatus.UNAUTHORIZED, 'not-admin', 'Send the admin token.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="arena admin"' },
    });
  }
}
