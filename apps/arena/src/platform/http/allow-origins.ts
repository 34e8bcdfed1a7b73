import type { INestApplication } from '@nestjs/common';

/** Headers that scripts of other origins may read. */
const EXPOSED = ['ETag', 'Age', 'Cache-Status', 'Retry-After', 'WWW-Authenticate', 'X-Missing'];
/** Seconds for which a browser remembers a preflight. */
const PREFLIGHT_AGE = 600;

/** Lets pages of these origins call the routes (CORS). They send a token and no cookie, so no credentials are allowed. */
export function allowOrigins(app: INestApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'If-None-Match'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_AGE,
  });
}
