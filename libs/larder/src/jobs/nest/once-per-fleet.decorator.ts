import type { ScheduleMetadata } from '../../nest/schedule-metadata.js';
import type { JobContext, JobOptions } from '../definition.js';
import { addPlan, type OncePerFleetOptions } from './job-plan.js';

/**
 * Runs a method with `@Cron` or `@Interval` of `@nestjs/schedule` once per tick in the whole fleet, like a `@Job`: with status,
 * history, flags and no overlap. `@nestjs/schedule` no longer calls the method. The order of the two decorators does not matter.
 *
 * The ticks of an interval are its multiples since the epoch, not since the start of a process. A cron expression without a time
 * zone uses that of the machine, as in `@nestjs/schedule`.
 *
 * @param options checked at the start of the application, which fails with one error for all problems
 *
 * @example
 * ```ts
 * @OncePerFleet({ retries: 2 })
 * @Cron('0 3 * * *', { timeZone: 'Europe/Berlin' })
 * async cleanUp(): Promise<void> {}
 * ```
 */
export function OncePerFleet(
  options: OncePerFleetOptions = {},
): <Method extends (context: JobContext) => unknown>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  return (target, property) => addPlan(target, { property, fleetOptions: options });
}

/** The job options from a schedule and `@OncePerFleet`, or a clause for each problem. */
export function fleetJobOf(
  schedule: ScheduleMetadata | undefined,
  options: OncePerFleetOptions,
  defaultName: string,
): JobOptions | readonly string[] {
  if (schedule === undefined || schedule.type === 'timeout') {
    const found =
      schedule === undefined ? 'without a schedule' : 'with @Timeout, which runs after the start of each process';
    return [`has @OncePerFleet on a method ${found}; it needs @Cron or @Interval`];
  }
  const { name = schedule.name ?? defaultName, ...others } = options;
  if (schedule.type === 'interval') return { ...others, name, every: schedule.milliseconds as number };
  const { cronTime, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone, ...rest } = schedule.options;
  const problems = [
    ...(typeof cronTime === 'string'
      ? []
      : [`has @Cron with ${String(cronTime)}; @OncePerFleet needs a cron expression`]),
    ...UNSUPPORTED.filter((option) => rest[option]).map(
      (option) => `has @Cron with ${option}, which @OncePerFleet does not support; remove it`,
    ),
  ];
  if (problems.length > 0) return problems;
  return { ...others, name, cron: cronTime as string, timeZone: timeZone as string };
}

/** Options of `@Cron` that change when the job is due. The others concern timers or overlap, and are ignored. */
const UNSUPPORTED = ['utcOffset', 'disabled', 'initialDelay'];
