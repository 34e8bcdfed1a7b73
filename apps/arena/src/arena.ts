import type { NestExpressApplication } from '@nestjs/platform-express';
import { type LarderOptions, LarderOptionsError } from 'nest-larder';
import type { ArenaOptions } from './arena-options.js';
import { seed } from './demo/seed/seed.js';
import { installChangeFeed } from './platform/change-feed/install.js';
import { type OpenDatabase, openDatabase } from './platform/database/open-database.js';
import { type Progress, silently } from './platform/lifecycle/progress.js';
import { StartProblem } from './platform/lifecycle/start-problem.js';
import { changeFeedRules } from './table-rules.js';
import { watchedTables } from './watched-tables.js';

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
  const database = await openDatabase(options, options.demoData === false ? async () => {} : seed, progress, () => {
    // Takes a second, in which PostgreSQL works in other processes. If it fails, the import below throws its error.
    import('./application.js').catch(() => {});
  });
  const { makeApplication, serve } = await import('./application.js').catch((error) => closed(database, error));
  if (options.changeFeed)
    await installChangeFeed(database.address, [...changeFeedRules, ...watchedTables]).catch((error) =>
      closed(database, error),
    );
  const app = await makeApplication(database, options, caching).catch((error) => closed(database, error));
  await serve(app, options);
  return app;
}

/** Closes the database, and throws the error. */
async function closed(database: OpenDatabase, error: unknown): Promise<never> {
  await database.close();
  throw error instanceof LarderOptionsError ? new StartProblem(error.problems, { cause: error }) : error;
}
