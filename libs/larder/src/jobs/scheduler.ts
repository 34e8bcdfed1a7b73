import type { JobDefinition } from './definition.js';
import type { EndedRun } from './run.js';

/**
 * Carries out a tick, and answers how that ended; `undefined` if it was skipped, or carried out already. Never rejects because
 * of the job.
 */
export type OnTick = (job: JobDefinition, scheduledFor: Date) => Promise<EndedRun | undefined>;

/** Who says when jobs are due: each tick once among all processes that have the job. */
export interface Scheduler {
  start(jobs: readonly JobDefinition[], onTick: OnTick): void;
  /** No more ticks. Resolves when those under way have ended, and at the latest when `deadline` is aborted. */
  stop(deadline: AbortSignal): Promise<void>;
}
