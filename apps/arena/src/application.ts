import type { ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { LarderOptions } from 'nest-larder';
import { RedisIoAdapter } from 'nest-larder/realtime';
import { ArenaModule } from './arena.module.js';
import type { ArenaOptions } from './arena-options.js';
import type { OpenDatabase } from './platform/database/open-database.js';
import { allowOrigins } from './platform/http/allow-origins.js';
import { serveOpenApi } from './platform/http/openapi/openapi.js';
import { arenaLogger } from './platform/lifecycle/arena-logger.js';
import { listen } from './platform/lifecycle/listen.js';

/** Makes the application on an open database, which it closes with itself. It does not listen yet. */
export function makeApplication(
  database: OpenDatabase,
  options: ArenaOptions,
  caching: LarderOptions,
): Promise<NestExpressApplication> {
  // The caller reports a failed start; Nest's own messages about it stay in the buffer.
  const quietly = { abortOnError: false, bufferLogs: true, autoFlushLogs: false };
  return NestFactory.create<NestExpressApplication>(ArenaModule.on(database, options, caching), quietly);
}

/** Lets the application answer requests. Closes it if it cannot. */
export async function serve(app: NestExpressApplication, options: ArenaOptions): Promise<void> {
  try {
    app.disable('x-powered-by');
    // Responses contain texts of users: browsers must not interpret JSON as a page.
    app.use((_request: unknown, response: ServerResponse, next: () => void) => {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      next();
    });
    allowOrigins(app, options.origins ?? []);
    app.useWebSocketAdapter(await RedisIoAdapter.create(app, { adapter: options.socketAdapter }));
    serveOpenApi(app, options.adminToken !== undefined);
    await listen(app, options.port);
  } catch (error) {
    await app.close();
    throw error;
  }
  app.useLogger(arenaLogger(options.log === 'debug'));
  app.flushLogs();
}
