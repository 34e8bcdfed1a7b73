import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { TimeBudget } from '../../base/timeout.js';
import type { Attribute } from '../../nest/request-origin.js';
import { type JobBackendOptions, openJobBackend } from '../backends/open-backend.js';
import type { JobDefinition } from '../definition.js';
import type { Jobs } from '../jobs.js';
import { findJobs, type JobFlags, takeSchedules } from './job-explorer.js';
import { JobLogger } from './job-logger.js';

export interface JobStarterOptions extends JobBackendOptions {
  /** Milliseconds. */
  readonly drain: number;
  /** The shutdown time that all parts of the application share. */
  readonly stopBudget: TimeBudget;
  readonly flags: JobFlags | undefined;
  /** Whether jobs run in this process. */
  readonly isOn: boolean;
  /** Attributes the invalidations of a job's run to the job; `undefined` if attribution is off. */
  readonly attribute: Attribute | undefined;
}

/** Starts the jobs after the application has started, and stops them before it shuts down. */
export class JobStarter implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #jobs: Jobs;
  readonly #discovery: DiscoveryService;
  readonly #options: JobStarterOptions;

  constructor(jobs: Jobs, discovery: DiscoveryService, options: JobStarterOptions) {
    this.#jobs = jobs;
    this.#discovery = discovery;
    this.#options = options;
    takeSchedules(discovery);
  }

  /**
   * @throws LarderDecoratorError that lists the problems of all jobs
   * @throws LarderOptionsError if a package is missing
   */
  async onModuleInit(): Promise<void> {
    const found = await findJobs(this.#discovery, this.#options.flags);
    if (found.length === 0 || !this.#options.isOn) return;
    const log = new JobLogger();
    this.#jobs.on((event) => log.write(event));
    this.#jobs.open(this.#attributed(found), await openJobBackend(this.#options, (event) => this.#jobs.report(event)));
  }

  #attributed(jobs: readonly JobDefinition[]): readonly JobDefinition[] {
    const { attribute } = this.#options;
    if (attribute === undefined) return jobs;
    return jobs.map((job) => ({ ...job, work: (context) => attribute(`job ${job.name}`, () => job.work(context)) }));
  }

  onApplicationBootstrap(): void {
    this.#jobs.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { drain, stopBudget } = this.#options;
    await this.#jobs.stop(drain, stopBudget);
  }
}
