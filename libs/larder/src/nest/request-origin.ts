import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';

/** Runs some work, and attributes what it invalidates to an origin. */
export type Attribute = <T>(origin: string, work: () => T) => T;

/** A request, as far as Express and Fastify tell its route. */
interface Routed {
  readonly method?: unknown;
  readonly route?: { readonly path?: unknown };
  readonly routeOptions?: { readonly url?: unknown };
}

/** Attributes what a handler invalidates to its route, or to the handler for other transports than HTTP. */
export class RequestOrigin implements NestInterceptor {
  readonly #attribute: Attribute;

  constructor(attribute: Attribute) {
    this.#attribute = attribute;
  }

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    // Nest binds the handler to the asynchronous context of this call.
    return this.#attribute(originOf(context), () => next.handle());
  }
}

/** `PATCH /v1/venues/:id`, never the values of parameters; `Venues.update` where no route is known. */
function originOf(context: ExecutionContext): string {
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  if (context.getType() !== 'http') return handler;
  const { method, route, routeOptions } = context.switchToHttp().getRequest<Routed>();
  const path = route?.path ?? routeOptions?.url;
  return typeof path === 'string' ? `${method} ${path}` : handler;
}
