import type { JobDefinition } from './definition.js';
import type { EndedRun } from './run.js';

/**
 * Runs a tick. Resolves to the ended run, also if the job failed; to `undefined` if the tick was skipped or has already been run.
 */
export type OnTick = (job: JobDefinition, scheduledFor: Date) => Promise<EndedRun | undefined>;

/** Calls `onTick` when jobs are due: once per tick among all processes that have the job. */
export interface Scheduler {
  start(jobs: readonly JobDefinition[], onTick: OnTick): void;
  /** Stops the ticks. Resolves when running ones have ended, and at the latest when `deadline` is aborted. */
  stop(deadline: AbortSignal): Promise<void>;
}
