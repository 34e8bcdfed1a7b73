export type { Counter, CounterStatus } from '../background/counters/counter.js';
export type { CounterBatch, FlushReport } from '../background/counters/counter-store.js';
export { type CounterDefinition, defineCounter } from '../background/counters/define-counter.js';
export type { Deadline, DeadlineStatus, DueItem } from '../background/deadlines/deadline.js';
export { type DeadlineDefinition, defineDeadline } from '../background/deadlines/define-deadline.js';
export { connectToRedis, type Fleet, type FleetOptions, type FleetPart } from '../background/fleet.js';
export {
  type BatchFailure,
  type BatchOptions,
  type BatchProgress,
  type BatchReport,
  runBatch,
} from '../background/run-batch.js';
export type { JobContext, JobOptions } from './definition.js';
export type { JobPause } from './job-pauses.js';
export { Jobs } from './jobs.js';
export { Job } from './nest/job.decorator.js';
export type { JobFlags } from './nest/job-explorer.js';
export type { OncePerFleetOptions } from './nest/job-plan.js';
export { OncePerFleet } from './nest/once-per-fleet.decorator.js';
export type {
  EndedRun,
  JobEvent,
  JobListener,
  JobResult,
  JobRun,
  JobStatistics,
  JobStatus,
  SkippedTicks,
} from './run.js';
