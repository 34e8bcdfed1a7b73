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
import { serveOpenApi } from './platform/http/openapi/openapi.js';
import { arenaLogger } from './platform/lifecycle/arena-logger.js';
import { listen } from './platform/lifecycle/listen.js';
import { StartProblem } from './platform/lifecycle/start-problem.js';
import { changeFeedRules } from './table-rules.js';

/**
 * Starts arena; when this resolves it answers requests. Closing it lets requests in flight finish and stops what it started.
 *
 * @param caching what its cache is told besides the environment, such as another clock
 * @throws StartProblem if something that it needs from outside is not as it should be; nothing is left running then
 */
export async function startArena(options: ArenaOptions, caching: LarderOptions = {}): Promise<NestExpressApplication> {
  const database = await openDatabase(options, options.demoData === false ? async () => {} : seed);
  if (options.changeFeed)
    await installChangeFeed(database.address, changeFeedRules).catch((error) => closed(database, error));
  // Why it did not start is for the caller to tell: Nest's own words about it stay in the buffer.
  const quietly = { abortOnError: false, bufferLogs: true, autoFlushLogs: false };
  const app = await NestFactory.create<NestExpressApplication>(
    ArenaModule.on(database, options, caching),
    quietly,
  ).catch((error) => closed(database, error));
  try {
    app.disable('x-powered-by');
    // What users wrote is in JSON: no browser is to take it for a page.
    app.use((_request: unknown, response: ServerResponse, next: () => void) => {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      next();
    });
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

/** Lets go of the database, and tells why. */
async function closed(database: OpenDatabase, error: unknown): Promise<never> {
  await database.close();
  throw error instanceof LarderOptionsError ? new StartProblem(error.problems, { cause: error }) : error;
}
