import { installTriggers, LarderChangeFeedError, type PostgresAddress, type TableRule } from 'nest-larder/change-feed';
import { StartProblem } from '../lifecycle/start-problem.js';

/**
 * Has the database tell of changes: its triggers are a part of arena's tables, and brought up to date with them. Of several
 * arenas one does it and the others wait.
 *
 * @throws StartProblem if arena may not
 */
export async function installChangeFeed(address: PostgresAddress, rules: readonly TableRule[]): Promise<void> {
  try {
    await installTriggers(address, rules);
  } catch (cause) {
    if (!(cause instanceof LarderChangeFeedError)) throw cause;
    const problem = `LARDER_CHANGE_FEED is on, and the triggers cannot be installed (${cause.message}); it takes off, too`;
    throw new StartProblem([problem], { cause });
  }
}
