import { SystemClock } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import { Deadline } from './deadline.js';

/** The definition of deadlines. */
export interface DeadlineDefinition {
  /** The name in Redis: 1 to 100 letters, digits, `.`, `_` and `-`. Deadlines of the same name share their ids. */
  readonly name: string;
  /** The interval between checks for due ids: 10 ms to a day. */
  readonly every: Duration;
  /**
   * Expires up to 1,000 ids. One process at a time gets an id; it gets the id again if the process died or this rejected, so
   * the function must ignore ids that have expired already.
   */
  readonly expire: (ids: string[]) => Promise<void>;
  /**
   * Tracks every id in the database that is to expire. Called in one process when all start on a new Redis, and within 5 s
   * after Redis lost data or came back with older data; again after it rejected. Without Redis at each start.
   */
  readonly restore?: () => Promise<void>;
  /** Called if expiring fails; it is retried. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

const OPTIONS = ['name', 'every', 'expire', 'restore', 'onError'];
const NAME = /^[\w.-]{1,100}$/;
const DAY = 86_400_000;

/**
 * Defines deadlines: a tracked id expires once, soon after it is due, in any process that is then running.
 *
 * As a provider, or a property of one, it connects to the application's Redis at the start. Elsewhere it tracks in this
 * process, until `connectToRedis` connects it.
 *
 * @throws LarderOptionsError
 *
 * @example
 * ```ts
 * const offers = defineDeadline({ name: 'offers', every: '1m', expire: (ids) => closeOffers(ids) });
 * await offers.track('42', Date.now() + 3_600_000);
 * await offers.extend('42', Date.now() + 7_200_000);
 * ```
 */
export function defineDeadline(definition: DeadlineDefinition): Deadline {
  demandOptions(definition, 'definition of a deadline');
  const { name, every, expire, restore, onError = warn } = definition;
  const interval = toMilliseconds(every);
  const problems = [
    ...unknownOptions(definition, OPTIONS, `the deadline ${name}`),
    ...(typeof name === 'string' && NAME.test(name)
      ? []
      : [`The deadline ${JSON.stringify(name)} needs a name of 1 to 100 letters, digits, '.', '_' and '-'`]),
    ...(interval !== undefined && interval >= 10 && interval <= DAY
      ? []
      : [
          `invalid every of the deadline ${name}: got ${JSON.stringify(every)}, expected a duration from 10 ms to a day`,
        ]),
    ...(typeof expire === 'function'
      ? []
      : [`invalid expire of the deadline ${name}: got ${JSON.stringify(expire)}, expected a function`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return new Deadline({ name, every: interval as number, expire, restore, onError }, new SystemClock());
}

function warn(error: unknown): void {
  process.emitWarning(`Ids of a deadline are not expired yet: ${error}. Larder retries by itself.`, 'LarderWarning');
}
