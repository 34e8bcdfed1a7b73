import { ConsoleLogger, type LoggerService } from '@nestjs/common';

/** Log contexts whose lines below a warning are shown; those of Nest's own start are not. */
const OF_JOBS = 'Jobs';
const OF_CACHE = 'Larder';

/**
 * Shows warnings, errors and one line for each run of a job that has statistics.
 *
 * @param isDebug whether debug lines of the cache and of jobs are shown too
 */
export function arenaLogger(isDebug: boolean): LoggerService {
  const console = new ConsoleLogger('Arena');
  const contextOf = (more: readonly unknown[]) => more.at(-1);
  return {
    log: (message: unknown, ...more: unknown[]) => {
      if (contextOf(more) === OF_JOBS) console.log(message, ...more);
    },
    debug: (message: unknown, ...more: unknown[]) => {
      if (isDebug && [OF_JOBS, OF_CACHE].includes(contextOf(more) as string)) console.debug(message, ...more);
    },
    warn: (message: unknown, ...more: unknown[]) => console.warn(message, ...more),
    error: (message: unknown, ...more: unknown[]) => console.error(message, ...more),
    fatal: (message: unknown, ...more: unknown[]) => console.fatal(message, ...more),
  };
}
