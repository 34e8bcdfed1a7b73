export type { JobContext, JobOptions } from './jobs/definition.js';
export type { JobFlags } from './jobs/explorer.js';
export { Job } from './jobs/job.js';
export { Jobs } from './jobs/jobs.js';
export type { EndedRun, JobEvent, JobListener, JobResult, JobRun, JobStatus } from './jobs/run.js';
