import type { JobDefinition } from './definition.js';
import type { EndedRun } from './run.js';

/** A moment at which a job is due. */
export interface Tick {
  readonly scheduledFor: Date;
  /** Whether a run for it began before, and died with its process. */
  readonly isAgain: boolean;
}

/** Carries out a tick, and answers how that ended; `undefined` if it was skipped. Never rejects because of the job. */
export type OnTick = (job: JobDefinition, tick: Tick) => Promise<EndedRun | undefined>;

/** Who says when jobs are due: each tick once among all processes that have the job. */
export interface Timetable {
  start(jobs: readonly JobDefinition[], onTick: OnTick): void;
  /** No more ticks. Resolves when those under way have ended, and at the latest when `deadline` is aborted. */
  stop(deadline: AbortSignal): Promise<void>;
}
