import 'reflect-metadata';
import type { JobContext, JobOptions } from '../definition.js';

/** A method that stands as a job, and what it was given. */
export interface JobPlan {
  readonly property: string | symbol;
  readonly options: JobOptions;
}

const PLANS = 'larder:jobs';

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
  return (target, property) => {
    const own: readonly JobPlan[] = Reflect.getOwnMetadata(PLANS, target) ?? [];
    Reflect.defineMetadata(PLANS, [...own, Object.freeze({ property, options })], target);
  };
}

/** The jobs of a class, inherited ones included. */
export function jobsOf(prototype: object | null): readonly JobPlan[] {
  if (prototype === null) return [];
  const own: readonly JobPlan[] = Reflect.getOwnMetadata(PLANS, prototype) ?? [];
  const inherited = jobsOf(Object.getPrototypeOf(prototype));
  return [...own, ...inherited.filter(({ property }) => !own.some((plan) => plan.property === property))];
}
