import 'reflect-metadata';

// Metadata keys of `@nestjs/schedule`. It exports no reader for them.
const TYPE = 'SCHEDULER_TYPE';
const NAME = 'SCHEDULER_NAME';
const CRON = 'SCHEDULE_CRON_OPTIONS';
const INTERVAL = 'SCHEDULE_INTERVAL_OPTIONS';
const TYPES = { cron: 1, timeout: 2, interval: 3 } as const;
/** The schedule of a method that was taken away from `@nestjs/schedule`. */
const TAKEN = 'larder:schedule';

/** The arguments of `@Cron`, `@Interval` or `@Timeout`. */
export type ScheduleMetadata =
  | { readonly type: 'cron'; readonly name: string | undefined; readonly options: Readonly<Record<string, unknown>> }
  | { readonly type: 'interval'; readonly name: string | undefined; readonly milliseconds: unknown }
  | { readonly type: 'timeout' };

/** Takes a method away from `@nestjs/schedule`, which would call it. Idempotent. */
export function takeSchedule(method: object): void {
  const schedule = read(method);
  if (schedule === undefined) return;
  Reflect.defineMetadata(TAKEN, schedule, method);
  Reflect.deleteMetadata(TYPE, method);
}

/** The schedule that {@link takeSchedule} has taken. */
export function takenSchedule(method: object): ScheduleMetadata | undefined {
  return Reflect.getOwnMetadata(TAKEN, method);
}

/** Whether `@nestjs/schedule` calls a method. */
export function isScheduled(method: object): boolean {
  return Reflect.hasOwnMetadata(TYPE, method);
}

function read(method: object): ScheduleMetadata | undefined {
  const name = Reflect.getOwnMetadata(NAME, method);
  switch (Reflect.getOwnMetadata(TYPE, method)) {
    case TYPES.cron:
      return { type: 'cron', name, options: Reflect.getOwnMetadata(CRON, method) };
    case TYPES.interval:
      return { type: 'interval', name, milliseconds: Reflect.getOwnMetadata(INTERVAL, method)?.timeout };
    case TYPES.timeout:
      return { type: 'timeout' };
    default:
      return undefined;
  }
}
