import { SystemClock } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import { Deadline } from './deadline.js';

/** What expires, and how. */
export interface DeadlineDefinition {
  /** Names it in Redis: 1 to 100 letters, digits, `.`, `_` and `-`. Deadlines of the same name are one. */
  readonly name: string;
  /** How often it is looked for what is due: from 10 ms to a day. */
  readonly every: Duration;
  /**
   * Expires up to 1,000 ids. Each comes to one process of all at a time; again if that process died, or this rejected, so it
   * must do nothing to what has expired already.
   */
  readonly expire: (ids: string[]) => Promise<void>;
  /**
   * Tracks everything that is to expire, as the database has it. Called in one process of all when they start on a new Redis, and
   * within 5 s after Redis was emptied or came back with older data; again after it rejected. Without Redis at each start.
   */
  readonly restore?: () => Promise<void>;
  /** Told when something could not be expired; it is tried again. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

const OPTIONS = ['name', 'every', 'expire', 'restore', 'onError'];
const NAME = /^[\w.-]{1,100}$/;
const DAY = 86_400_000;

/**
 * Defines deadlines: what is tracked expires once, soon after it is due, whichever processes live then.
 *
 * As a property of a provider, or as a provider, it joins the application's Redis at the start. Elsewhere it tracks in this
 * process, until `connectToRedis` has it join.
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
  demandOptions(definition, 'The definition of a deadline');
  const { name, every, expire, restore, onError = warn } = definition;
  const interval = toMilliseconds(every);
  const problems = [
    ...unknownOptions(definition, OPTIONS, `the deadline ${name}`),
    ...(typeof name === 'string' && NAME.test(name)
      ? []
      : [`The deadline ${JSON.stringify(name)} needs a name of 1 to 100 letters, digits, '.', '_' and '-'`]),
    ...(interval !== undefined && interval >= 10 && interval <= DAY
      ? []
      : [`The deadline ${name} has every: ${JSON.stringify(every)}; it takes a duration from 10 ms to a day`]),
    ...(typeof expire === 'function'
      ? []
      : [`The deadline ${name} has expire: ${JSON.stringify(expire)}; it takes a function`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return new Deadline({ name, every: interval as number, expire, restore, onError }, new SystemClock());
}

function warn(error: unknown): void {
  process.emitWarning(`A deadline has not been met, and is tried again: ${error}`, 'LarderWarning');
}
