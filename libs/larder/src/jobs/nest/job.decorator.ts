import { checkPlacement } from '../../base/placement.js';
import type { JobContext, JobOptions } from '../definition.js';
import { addPlan } from './job-plan.js';

/** A method that a job can be: it may take the context of its run, and nothing besides. */
type JobMethod = (context: JobContext) => unknown;

/**
 * Runs a method on a schedule: in this process, or once a tick in the whole fleet where Redis is configured. A run never
 * overlaps another one of its job; one that died with its process is run again by another. What it throws is its failure,
 * told by status, events and log; other jobs run on.
 *
 * @param options checked when the application starts, which fails naming everything wrong
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
