import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';

/** Runs work and attributes its invalidations to an origin. */
export type Attribute = <T>(origin: string, work: () => T) => T;

/** The members of an Express or Fastify request that contain its route. */
interface Routed {
  readonly method?: unknown;
  readonly route?: { readonly path?: unknown };
  readonly routeOptions?: { readonly url?: unknown };
}

/** Attributes a handler's invalidations to its route; for transports other than HTTP, to the handler. */
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

/** `PATCH /v1/venues/:id`, without values of parameters; `Venues.update` if the route is unknown. */
function originOf(context: ExecutionContext): string {
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  if (context.getType() !== 'http') return handler;
  const { method, route, routeOptions } = context.switchToHttp().getRequest<Routed>();
  const path = route?.path ?? routeOptions?.url;
  return typeof path === 'string' ? `${method} ${path}` : handler;
}
