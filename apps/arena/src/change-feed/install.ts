import { installTriggers, LarderChangeFeedError, type PostgresAddress } from 'nest-larder/change-feed';
import { StartProblem } from '../start/start-problem.js';
import { changeFeedRules } from './rules.js';

/**
 * Has the database tell of changes: its triggers are a part of arena's tables, and brought up to date with them. Of several
 * arenas one does it and the others wait.
 *
 * @throws StartProblem if arena may not
 */
export async function installChangeFeed(address: PostgresAddress): Promise<void> {
  try {
    await installTriggers(address, changeFeedRules);
  } catch (cause) {
    if (!(cause instanceof LarderChangeFeedError)) throw cause;
    const problem = `LARDER_CHANGE_FEED is on, and the triggers cannot be installed (${cause.message}); it takes off, too`;
    throw new StartProblem([problem], { cause });
  }
}
