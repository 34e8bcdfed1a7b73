import { type Duration, toMilliseconds } from '../base/units.js';
import type { Cron } from './cron.js';

/** When a job runs: at an interval, counted from the epoch, or by a cron expression. */
export type ScheduleOptions =
  | { readonly every: Duration; readonly cron?: never; readonly timeZone?: never }
  | { readonly cron: string; readonly timeZone?: string; readonly every?: never };

/** A year. */
const MAX_INTERVAL = 366 * 24 * 3_600_000;
const MIN_INTERVAL = 100;
/** How many ticks of a cron expression `countBetween` counts. */
const MAX_COUNT = 1000;

/** The times at which a job is due; every process computes the same ones. */
export class Schedule {
  /** @internal */
  constructor(
    /** Readable, and equal for equal schedules: `every 5000 ms`, `0 3 * * * Europe/Berlin`. */
    readonly text: string,
    readonly next: (after: number) => number,
    /** The interval in milliseconds; `undefined` for a cron expression. */
    readonly span?: number,
  ) {}

  /** The number of ticks between two times, both exclusive; at most 1,000 for a cron expression. */
  countBetween(after: number, before: number): number {
    if (this.span !== undefined) return Math.max(0, Math.ceil(before / this.span) - Math.floor(after / this.span) - 1);
    let count = 0;
    for (let at = this.next(after); at < before && count < MAX_COUNT; at = this.next(at)) count++;
    return count;
  }

  /**
   * @returns the schedule, or the problem as a clause
   */
  static of({ every, cron, timeZone }: ScheduleOptions, compute: Cron): Schedule | string {
    if ((every === undefined) === (cron === undefined)) return 'takes either every or cron';
    if (cron !== undefined) return cronSchedule(cron, timeZone, compute);
    const span = toMilliseconds(every);
    if (span === undefined || span < MIN_INTERVAL || span > MAX_INTERVAL) {
      return `has an invalid every: got ${JSON.stringify(every)}, expected milliseconds from ${MIN_INTERVAL} or a duration such as '5s', up to a year`;
    }
    return new Schedule(`every ${span} ms`, (after) => (Math.floor(after / span) + 1) * span, span);
  }

  /** Parses {@link Schedule.text}. */
  static parse(text: string, compute: Cron): Schedule {
    const [, span] = /^every (\d+(?:\.\d+)?) ms$/.exec(text) ?? [];
    const [, cron = '', timeZone] = /^(.*) (\S+)$/.exec(text) ?? [];
    const schedule =
      span === undefined ? cronSchedule(cron, timeZone, compute) : Schedule.of({ every: Number(span) }, compute);
    if (typeof schedule === 'string') throw new TypeError(`The schedule ${JSON.stringify(text)} ${schedule}`);
    return schedule;
  }
}

/** A tick in the hour that daylight saving time skips is due after it; one in the repeated hour is due once. */
function cronSchedule(cron: string, timeZone: string | undefined, compute: Cron): Schedule | string {
  const zone = timeZone ?? 'UTC';
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return `has an invalid cron: got ${JSON.stringify(cron)}, expected five fields such as '0 3 * * *', or six that begin with seconds`;
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    return `has an invalid timeZone: got ${JSON.stringify(timeZone)}, expected a name such as 'Europe/Berlin'`;
  }
  const expression = fields.join(' ');
  const after = (moment: number) => compute(expression, moment, zone);
  try {
    after(0);
  } catch (error) {
    return `has an invalid cron: got ${JSON.stringify(cron)}, which cannot be read (${(error as Error).message})`;
  }
  return new Schedule(`${expression} ${zone}`, after);
}
