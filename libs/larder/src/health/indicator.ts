/** How many consecutive failures put a part down: one or two may have been a restart of the database. */
export const MAX_FAILURES = 3;

/** The state of one part of Larder. Further members are figures of the part. */
export interface HealthState {
  readonly status: 'up' | 'down';
  /** What users notice; only if it is down. */
  readonly message?: string;
  /** What to do; only if it is down. */
  readonly action?: string;
  readonly [figure: string]: unknown;
}

/** The state of a part under its key, as `HealthCheckService.check` of `@nestjs/terminus` takes it. */
export type HealthResult = Record<string, HealthState>;

/** Why a part is down. */
export interface Problem {
  /** What users notice. */
  readonly message: string;
  readonly action: string;
}

/** The result of a part: down if there is a problem. */
export function resultOf(key: string, figures: Readonly<Record<string, unknown>>, problem?: Problem): HealthResult {
  return { [key]: problem === undefined ? { status: 'up', ...figures } : { status: 'down', ...figures, ...problem } };
}
