import 'reflect-metadata';

// How `@nestjs/schedule` notes what stands on a method. It exports no reader for these.
const TYPE = 'SCHEDULER_TYPE';
const NAME = 'SCHEDULER_NAME';
const CRON = 'SCHEDULE_CRON_OPTIONS';
const INTERVAL = 'SCHEDULE_INTERVAL_OPTIONS';
const TYPES = { cron: 1, timeout: 2, interval: 3 } as const;
/** What was noted, on a method that `@nestjs/schedule` no longer calls. */
const TAKEN = 'larder:schedule';

/** What `@Cron`, `@Interval` or `@Timeout` said. */
export type ScheduleMetadata =
  | { readonly type: 'cron'; readonly name: string | undefined; readonly options: Readonly<Record<string, unknown>> }
  | { readonly type: 'interval'; readonly name: string | undefined; readonly milliseconds: unknown }
  | { readonly type: 'timeout' };

/** Takes a method from `@nestjs/schedule`, which calls what is marked when it starts. A second time changes nothing. */
export function takeSchedule(method: object): void {
  const schedule = read(method);
  if (schedule === undefined) return;
  Reflect.defineMetadata(TAKEN, schedule, method);
  Reflect.deleteMetadata(TYPE, method);
}

/** What was taken; `undefined` if there was nothing. */
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
