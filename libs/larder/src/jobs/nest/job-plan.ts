import 'reflect-metadata';
import type { JobOptions } from '../definition.js';

/** Options of a job that `@Cron` and `@Interval` do not have. */
export interface OncePerFleetOptions extends Pick<JobOptions, 'flag' | 'retries' | 'timeout'> {
  /** The name of the job. Default: the name in `@Cron` or `@Interval`, else `Class.method`. */
  readonly name?: string;
}

/** A method that is a job, with the options of its decorator. */
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
