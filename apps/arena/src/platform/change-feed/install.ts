import { installTriggers, LarderChangeFeedError, type PostgresAddress } from 'nest-larder/change-feed';
import { StartProblem } from '../lifecycle/start-problem.js';

/**
 * Installs or updates the triggers of the change feed, together with arena's tables. If several arenas start, one of them does it
 * and the others wait.
 *
 * @throws StartProblem if the database refuses
 */
export async function installChangeFeed(
  address: PostgresAddress,
  tables: Parameters<typeof installTriggers>[1],
): Promise<void> {
  try {
    await installTriggers(address, tables);
  } catch (cause) {
    if (!(cause instanceof LarderChangeFeedError)) throw cause;
    const problem = `LARDER_CHANGE_FEED is on, but its triggers cannot be installed (${cause.message}); set it to off to start without them`;
    throw new StartProblem([problem], { cause });
  }
}
