import 'reflect-metadata';
import type { JobOptions } from '../definition.js';

/** What `@Cron` and `@Interval` cannot say of a job. */
export interface OncePerFleetOptions extends Pick<JobOptions, 'flag' | 'retries' | 'timeout'> {
  /** Names the job. Default: the name that `@Cron` or `@Interval` has, or else `Class.method`. */
  readonly name?: string;
}

/** A method that stands as a job, and what it was given. */
export type JobPlan =
  | { readonly property: string | symbol; readonly options: JobOptions }
  | { readonly property: string | symbol; readonly fleetOptions: OncePerFleetOptions };

const PLANS = 'larder:jobs';

export function addPlan(target: object, plan: JobPlan): void {
  const own: readonly JobPlan[] = Reflect.getOwnMetadata(PLANS, target) ?? [];
  Reflect.defineMetadata(PLANS, [...own, Object.freeze(plan)], target);
}

/** The jobs of a class, inherited ones included. */
export function jobsOf(prototype: object | null): readonly JobPlan[] {
  if (prototype === null) return [];
  const own: readonly JobPlan[] = Reflect.getOwnMetadata(PLANS, prototype) ?? [];
  const inherited = jobsOf(Object.getPrototypeOf(prototype));
  return [...own, ...inherited.filter(({ property }) => !own.some((plan) => plan.property === property))];
}
