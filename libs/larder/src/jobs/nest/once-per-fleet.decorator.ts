import type { ScheduleMetadata } from '../../nest/schedule-metadata.js';
import type { JobContext, JobOptions } from '../definition.js';
import { addPlan, type OncePerFleetOptions } from './job-plan.js';

/**
 * Has a method with `@Cron` or `@Interval` of `@nestjs/schedule` run once a tick in the whole fleet, as a `@Job` does: with
 * status, history, flags and no overlap. `@nestjs/schedule` itself no longer calls it. Stands above or below the other.
 *
 * The ticks of an interval are multiples of it since the epoch, not since the start of a process. A cron expression without a
 * time zone is read in that of the machine, as `@nestjs/schedule` does.
 *
 * @param options checked when the application starts, which fails naming everything wrong
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

/** The options of the job that a schedule and `@OncePerFleet` make together, or all that is wrong with it, as clauses. */
export function fleetJobOf(
  schedule: ScheduleMetadata | undefined,
  options: OncePerFleetOptions,
  defaultName: string,
): JobOptions | readonly string[] {
  if (schedule === undefined || schedule.type === 'timeout') {
    const found =
      schedule === undefined ? 'without either' : 'with @Timeout, which belongs to the start of one process';
    return [`has @OncePerFleet on a method ${found}; it takes one with @Cron or @Interval`];
  }
  const { name = schedule.name ?? defaultName, ...others } = options;
  if (schedule.type === 'interval') return { ...others, name, every: schedule.milliseconds as number };
  const { cronTime, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone, ...rest } = schedule.options;
  const problems = [
    ...(typeof cronTime === 'string'
      ? []
      : [`has @Cron with ${String(cronTime)}; with @OncePerFleet it takes a cron expression`]),
    ...UNSUPPORTED.filter((option) => rest[option]).map(
      (option) => `has @Cron with ${option}, which @OncePerFleet does not know; leave it out`,
    ),
  ];
  if (problems.length > 0) return problems;
  return { ...others, name, cron: cronTime as string, timeZone: timeZone as string };
}

/** Options of `@Cron` that change when it is due. Those that are not listed are about timers, or about overlap. */
const UNSUPPORTED = ['utcOffset', 'disabled', 'initialDelay'];
