import type { ServerResponse } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type LarderOptions, LarderOptionsError } from 'nest-larder';
import { RedisIoAdapter } from 'nest-larder/realtime';
import { ArenaModule } from './arena.module.js';
import type { ArenaOptions } from './arena-options.js';
import { seed } from './demo/seed/seed.js';
import { installChangeFeed } from './platform/change-feed/install.js';
import { type OpenDatabase, openDatabase } from './platform/database/open-database.js';
import { allowOrigins } from './platform/http/allow-origins.js';
import { serveOpenApi } from './platform/http/openapi/openapi.js';
import { arenaLogger } from './platform/lifecycle/arena-logger.js';
import { listen } from './platform/lifecycle/listen.js';
import { type Progress, silently } from './platform/lifecycle/progress.js';
import { StartProblem } from './platform/lifecycle/start-problem.js';
import { changeFeedRules } from './table-rules.js';

/**
 * Starts arena; it answers requests when this resolves. Closing it finishes requests in flight and stops what it started.
 *
 * @param caching options of the cache besides the environment, such as another clock
 * @param progress receives what a first start is doing
 * @throws StartProblem if arena cannot start, for example without its port or database; leaves nothing running
 */
export async function startArena(
  options: ArenaOptions,
  caching: LarderOptions = {},
  progress: Progress = silently,
): Promise<NestExpressApplication> {
  const database = await openDatabase(options, options.demoData === false ? async () => {} : seed, progress);
  if (options.changeFeed)
    await installChangeFeed(database.address, changeFeedRules).catch((error) => closed(database, error));
  // The caller reports a failed start; Nest's own messages about it stay in the buffer.
  const quietly = { abortOnError: false, bufferLogs: true, autoFlushLogs: false };
  const app = await NestFactory.create<NestExpressApplication>(
    ArenaModule.on(database, options, caching),
    quietly,
  ).catch((error) => closed(database, error));
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
  return app;
}

/** Closes the database, and throws the error. */
async function closed(database: OpenDatabase, error: unknown): Promise<never> {
  await database.close();
  throw error instanceof LarderOptionsError ? new StartProblem(error.problems, { cause: error }) : error;
}
