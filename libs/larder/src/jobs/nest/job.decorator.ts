import { checkPlacement } from '../../base/placement.js';
import type { JobContext, JobOptions } from '../definition.js';
import { addPlan } from './job-plan.js';

/** The method of a job: its only parameter may be the context. */
type JobMethod = (context: JobContext) => unknown;

/**
 * Runs a method on a schedule: in this process, or, with Redis, once per tick in the whole fleet. Runs of a job never overlap. If
 * a process dies during a run, another process repeats the run. An error fails the run, and appears in status, events and log;
 * other jobs go on.
 *
 * @param options checked at the start of the application, which fails with one error for all problems
 *
 * @example
 * ```ts
 * @Job({ name: 'close-tournaments', cron: '0 3 * * *', timeZone: 'Europe/Berlin', retries: 3, timeout: '5m' })
 * async closeTournaments({ signal }: JobContext): Promise<void> {
 *   await fetch('https://example.com/close', { method: 'POST', signal });
 * }
 * ```
 */
export function Job(
  options: JobOptions,
): <Method extends JobMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  return (target, property, descriptor) => {
    checkPlacement('Job', target, property, descriptor);
    addPlan(target, { property, options });
  };
}
