import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, HttpStatus, Inject, Injectable } from '@nestjs/common';
import { Problem } from '../problems/problem.js';
import { bearerOf } from '../requests/bearer.js';

/** What {@link AdminGuard} injects: the token that opens the admin routes. */
export const ADMIN_TOKEN = Symbol('ADMIN_TOKEN');

/** Lets those through who carry the admin token. How long it takes to refuse a token tells nothing of the right one. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly digest: Buffer;

  constructor(@Inject(ADMIN_TOKEN) token: string) {
    this.digest = digestOf(token);
  }

  canActivate(context: ExecutionContext): boolean {
    const token = bearerOf(context.switchToHttp().getRequest<IncomingMessage>());
    if (token === undefined) throw refused('Send the admin token.', 'Bearer realm="arena admin"');
    // Digests are of one length, which the comparison takes for granted.
    if (timingSafeEqual(digestOf(token), this.digest)) return true;
    throw refused('This is not the admin token.', 'Bearer realm="arena admin", error="invalid_token"');
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function refused(detail: string, challenge: string): Problem {
  return new Problem(HttpStatus.UNAUTHORIZED, 'not-an-admin', detail, { headers: { 'WWW-Authenticate': challenge } });
}
