import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, HttpStatus, Injectable } from '@nestjs/common';
import { Problem } from '../../../platform/http/problems/problem.js';
import { bearerOf } from '../../../platform/http/requests/bearer.js';
import { Tokens } from '../tokens.js';
import type { User } from '../users/user.js';

/** A request that passed {@link SignedIn}. */
export type SignedInRequest = IncomingMessage & { user: User };

/** Allows requests with a valid user token, and attaches the user. */
@Injectable()
export class SignedIn implements CanActivate {
  constructor(private readonly tokens: Tokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    const token = bearerOf(request);
    if (token === undefined) throw notSignedIn('Sign in and send the token.', 'Bearer realm="arena"');
    const user = await this.tokens.read(token);
    if (!user)
      throw notSignedIn(
        'The token is not valid any more. Sign in again.',
        'Bearer realm="arena", error="invalid_token"',
      );
    request.user = user;
    return true;
  }
}

function notSignedIn(detail: string, challenge: string): Problem {
  return new Problem(HttpStatus.UNAUTHORIZED, 'not-signed-in', detail, { headers: { 'WWW-Authenticate': challenge } });
}
