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
  /** For all that stops with the application. */
  readonly stopBudget: TimeBudget;
  readonly flags: JobFlags | undefined;
  /** Whether jobs run at all in this process. */
  readonly isOn: boolean;
  /** Runs a job's work, and attributes what it invalidates to the job; `undefined` if that is not asked for. */
  readonly attribute: Attribute | undefined;
}

/** Starts the jobs of an application when all of it is there, and stops them before any of it goes. */
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
   * @throws LarderDecoratorError listing everything wrong with any job
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
