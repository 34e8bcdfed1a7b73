import { SystemClock } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import { Counter } from './counter.js';
import type { CounterBatch } from './counter-store.js';

/** The definition of a counter. */
export interface CounterDefinition {
  /** The name in Redis: 1 to 100 letters, digits, `.`, `_` and `-`. Counters of the same name share their increments. */
  readonly name: string;
  /** The interval between writes: 10 ms to a day. */
  readonly flushEvery: Duration;
  /**
   * Writes a batch to the database. It may be called again with a batch that was perhaps written: store the batch's id in the
   * same transaction, and skip a batch whose id is stored.
   */
  readonly write: (batch: CounterBatch) => Promise<void>;
  /**
   * How long increments stay in this process, up to a minute, to be sent together: they cost next to nothing, but are lost if
   * the process is killed within that time. Default: none, they are sent at the end of the turn of the event loop.
   */
  readonly bufferFor?: Duration;
  /** Called if writing or sending fails; it is retried. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

const OPTIONS = ['name', 'flushEvery', 'write', 'bufferFor', 'onError'];
const NAME = /^[\w.-]{1,100}$/;
const MINUTE = 60_000;

/**
 * Defines a counter for increments that are too frequent for a database.
 *
 * As a provider, or a property of one, it connects to the application's Redis at the start, and is drained at shutdown.
 * Elsewhere it counts in this process, until `connectToRedis` connects it.
 *
 * @throws LarderOptionsError
 *
 * @example
 * ```ts
 * const views = defineCounter({ name: 'item-views', flushEvery: '5s', write: ({ id, counts }) => saveViews(id, counts) });
 * await views.add('42');
 * ```
 */
export function defineCounter(definition: CounterDefinition): Counter {
  demandOptions(definition, 'definition of a counter');
  const { name, write, flushEvery, bufferFor, onError = warn } = definition;
  const interval = toMilliseconds(flushEvery);
  const window = bufferFor === undefined ? 0 : toMilliseconds(bufferFor);
  const problems = [
    ...unknownOptions(definition, OPTIONS, `the counter ${name}`),
    ...(typeof name === 'string' && NAME.test(name)
      ? []
      : [`The counter ${JSON.stringify(name)} needs a name of 1 to 100 letters, digits, '.', '_' and '-'`]),
    ...(interval !== undefined && interval >= 10 && interval <= 1440 * MINUTE
      ? []
      : [
          `invalid flushEvery of the counter ${name}: got ${JSON.stringify(flushEvery)}, expected a duration from 10 ms to a day`,
        ]),
    ...(window !== undefined && window <= MINUTE
      ? []
      : [
          `invalid bufferFor of the counter ${name}: got ${JSON.stringify(bufferFor)}, expected a duration up to a minute`,
        ]),
    ...(typeof write === 'function'
      ? []
      : [`invalid write of the counter ${name}: got ${JSON.stringify(write)}, expected a function`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
  const settings = { name, write, flushEvery: interval as number, bufferFor: window as number, onError };
  return new Counter(settings, new SystemClock());
}

function warn(error: unknown): void {
  process.emitWarning(
    `The increments of a counter are not written yet: ${error}. Larder retries by itself.`,
    'LarderWarning',
  );
}
