import {
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Jobs, LarderJobError } from 'nest-larder';
import type { EndedRun, JobStatus } from 'nest-larder/jobs';
import { Problem } from '../../platform/http/problems/problem.js';
import { AdminGuard } from './admin.guard.js';
import { jobName } from './job-name.js';

interface SchedulerStatus {
  readonly running: boolean;
  readonly jobs: readonly { readonly id: string; readonly next_run_time: string }[];
}

/** State of the jobs of all processes; admin only. */
@ApiExcludeController()
@Controller('admin/jobs')
@UseGuards(AdminGuard)
export class JobsController {
  constructor(@Inject(Jobs) private readonly jobs: Jobs) {}

  @Get()
  async list(): Promise<readonly JobStatus[]> {
    return this.jobs.list();
  }

  /** Whether this process runs jobs, and when each is due next. */
  @Get('scheduler')
  async scheduler(): Promise<SchedulerStatus> {
    const jobs = await this.jobs.list();
    return {
      running: this.jobs.isRunning,
      jobs: jobs.map(({ name, nextRun }) => ({ id: name, next_run_time: nextRun.toISOString() })),
    };
  }

  @Get(':name')
  async one(@Param('name', { schema: jobName }) name: string): Promise<JobStatus> {
    return this.jobs.status(await this.known(name));
  }

  @Get(':name/history')
  async history(@Param('name', { schema: jobName }) name: string): Promise<readonly EndedRun[]> {
    return this.jobs.history(await this.known(name));
  }

  /** Responds when the run has ended, with its result. */
  @Post(':name/run')
  @HttpCode(HttpStatus.OK)
  async run(@Param('name', { schema: jobName }) name: string): Promise<EndedRun> {
    await this.known(name);
    try {
      return await this.jobs.runNow(name);
    } catch (error) {
      if (!(error instanceof LarderJobError)) throw error;
      throw new Problem(HttpStatus.CONFLICT, 'job-running', error.message);
    }
  }

  private async known(name: string): Promise<string> {
    try {
      await this.jobs.status(name);
      return name;
    } catch (error) {
      if (error instanceof LarderJobError) throw new NotFoundException(error.message);
      throw error;
    }
  }
}
