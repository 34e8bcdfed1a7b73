export {
  type BatchFailure,
  type BatchOptions,
  type BatchProgress,
  type BatchReport,
  runBatch,
} from './batches/run-batch.js';
export type { Counter } from './counters/counter.js';
export type { CounterBatch } from './counters/counter-store.js';
export { type CounterDefinition, defineCounter } from './counters/define-counter.js';
export type { Deadline, DueId } from './deadlines/deadline.js';
export { type DeadlineDefinition, defineDeadline } from './deadlines/define-deadline.js';
export type { JobContext, JobOptions } from './jobs/definition.js';
export type { JobFlags } from './jobs/explorer.js';
export { Job } from './jobs/job.js';
export { Jobs } from './jobs/jobs.js';
export type { EndedRun, JobEvent, JobListener, JobResult, JobRun, JobStatus } from './jobs/run.js';
export { type Fleet, type FleetOptions, type FleetPart, joinFleet } from './join-fleet.js';
