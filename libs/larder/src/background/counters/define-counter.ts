import { SystemClock } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import { type Duration, toMilliseconds } from '../../base/units.js';
import { Counter } from './counter.js';
import type { CounterBatch } from './counter-store.js';

/** What is counted, and where it is written. */
export interface CounterDefinition {
  /** Names it in Redis: 1 to 100 letters, digits, `.`, `_` and `-`. Counters of the same name are one. */
  readonly name: string;
  /** How often it is written: from 10 ms. */
  readonly flushEvery: Duration;
  /**
   * Writes a batch to the database. The same batch may come again when it is not known whether it was written: note its id in
   * the same transaction, and do nothing if the id is noted already.
   */
  readonly write: (batch: CounterBatch) => Promise<void>;
  /**
   * Keeps increments in this process for so long, up to a minute, and sends them together: they cost next to nothing, and a
   * process that is killed takes those of that time with it. Default: none, they are sent at the end of the turn.
   */
  readonly bufferFor?: Duration;
  /** Told when something could not be written or sent; it is tried again. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

const OPTIONS = ['name', 'flushEvery', 'write', 'bufferFor', 'onError'];
const NAME = /^[\w.-]{1,100}$/;
const MINUTE = 60_000;

/**
 * Defines a counter for what is incremented far more often than a database should write.
 *
 * As a property of a provider, or as a provider, it joins the application's Redis at the start and is drained at the end.
 * Elsewhere it counts in this process, until `connectToRedis` has it join.
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
  demandOptions(definition, 'The definition of a counter');
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
      : [`The counter ${name} has flushEvery: ${JSON.stringify(flushEvery)}; it takes a duration from 10 ms to a day`]),
    ...(window !== undefined && window <= MINUTE
      ? []
      : [`The counter ${name} has bufferFor: ${JSON.stringify(bufferFor)}; it takes a duration up to a minute`]),
    ...(typeof write === 'function'
      ? []
      : [`The counter ${name} has write: ${JSON.stringify(write)}; it takes a function`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
  const settings = { name, write, flushEvery: interval as number, bufferFor: window as number, onError };
  return new Counter(settings, new SystemClock());
}

function warn(error: unknown): void {
  process.emitWarning(`A counter has not been written, and is tried again: ${error}`, 'LarderWarning');
}
