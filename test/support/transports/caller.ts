import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Identity } from '../../../libs/larder/src/index.js';

/** The user that the last guard authenticated. Handlers read it as they would an `AsyncLocalStorage`, without a parameter. */
export const current = { user: 'anonymous' };

interface Carrier {
  user?: unknown;
}

/** The token of a call, and the object that holds its user, over any transport. */
function credentialsOf(context: ExecutionContext): { token: unknown; carrier: Carrier } {
  switch (context.getType<string>()) {
    case 'http': {
      const request = context.switchToHttp().getRequest<Carrier & { headers: Record<string, unknown> }>();
      return { token: request.headers['x-token'], carrier: request };
    }
    case 'graphql': {
      const { req } = context.getArgByIndex<{ req: Carrier & { headers: Record<string, unknown> } }>(2);
      return { token: req.headers['x-token'], carrier: req };
    }
    case 'ws': {
      const socket = context.switchToWs().getClient<{ data: Carrier; handshake: { auth: { key?: unknown } } }>();
      return { token: socket.handshake.auth.key, carrier: socket.data };
    }
    default: {
      const message = context.switchToRpc();
      return { token: message.getData<{ key?: unknown }>().key, carrier: message.getContext<Carrier>() };
    }
  }
}

/** Accepts every call with a name, and stores the user as such guards do. */
@Injectable()
export class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { token, carrier } = credentialsOf(context);
    if (typeof token !== 'string') throw new UnauthorizedException();
    carrier.user = { id: token };
    current.user = token;
    return true;
  }
}

/** Accepts every call, and stores no user. */
@Injectable()
export class Throttled implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

/** The tenant of a user: both Alice and Anna are of `a`. */
export function tenantOf(request: { readonly user?: unknown }): Identity {
  return (request.user as { id: string } | undefined)?.id.slice(0, 1);
}
