import { nearestOf } from '../base/suggestion.js';
import { type Duration, toMilliseconds } from '../base/units.js';
import type { Cron } from './cron.js';
import { Schedule, type ScheduleOptions } from './schedule.js';

/** Options of a job. */
export type JobOptions = ScheduleOptions & {
  /** The name in status, history, logs and Redis: 1 to 100 letters, digits, `.`, `_` and `-`; unique in the application. */
  readonly name: string;
  /** A feature flag: while it is off, the application does not have the job. */
  readonly flag?: string;
  /** How often a failed run is retried, after 1 s, 2 s, 4 s up to 30 s: 0 to 10. Default 0. */
  readonly retries?: number;
  /** The timeout of one attempt: up to a day. Default `'10m'`. */
  readonly timeout?: Duration;
};

/** The argument of a job's method. */
export interface JobContext {
  /** Aborted after the timeout, when the process stops, or when another process may run the job. Pass it on. */
  readonly signal: AbortSignal;
  /** When the run was due. A run that is repeated after its process died has the same time. */
  readonly scheduledFor: Date;
  /** 1 for the first attempt, then one more for each retry. */
  readonly attempt: number;
}

/** A job with validated options. */
export interface JobDefinition {
  readonly name: string;
  readonly schedule: Schedule;
  readonly flag: string | undefined;
  readonly retries: number;
  /** Milliseconds. */
  readonly timeout: number;
  work(context: JobContext): unknown;
}

const OPTIONS = ['name', 'every', 'cron', 'timeZone', 'flag', 'retries', 'timeout'];
const NAME = /^[\w.-]{1,100}$/;
const DAY = 86_400_000;

/** @returns the definition, or a clause for each invalid option */
export function defineJob(
  options: JobOptions,
  work: JobDefinition['work'],
  cron: Cron,
): JobDefinition | readonly string[] {
  const { name, flag, retries = 0, timeout = '10m' } = options;
  const schedule = Schedule.of(options, cron);
  const milliseconds = toMilliseconds(timeout);
  const problems = [
    ...Object.keys(options)
      .filter((option) => !OPTIONS.includes(option))
      .map(
        (option) =>
          `has an unknown option: got ${option}, expected ${nearestOf(option, OPTIONS) ?? OPTIONS.join(', ')}`,
      ),
    ...(typeof name === 'string' && NAME.test(name)
      ? []
      : [`has an invalid name: got ${JSON.stringify(name)}, expected 1 to 100 letters, digits, '.', '_' and '-'`]),
    ...(typeof schedule === 'string' ? [schedule] : []),
    ...(Number.isInteger(retries) && retries >= 0 && retries <= 10
      ? []
      : [`has an invalid retries: got ${JSON.stringify(retries)}, expected a whole number from 0 to 10`]),
    ...(milliseconds !== undefined && milliseconds <= DAY
      ? []
      : [
          `has an invalid timeout: got ${JSON.stringify(timeout)}, expected milliseconds or a duration such as '5m', up to a day`,
        ]),
  ];
  if (problems.length > 0 || typeof schedule === 'string' || milliseconds === undefined) return problems;
  return { name, schedule, flag, retries, timeout: milliseconds, work };
}
