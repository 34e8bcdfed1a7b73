import { Logger } from '@nestjs/common';
import { messageOf } from '../../base/errors.js';
import type { JobEvent, JobStatistics, SkippedTicks } from '../run.js';

/** Logs job events. */
export class JobLogger {
  readonly #logger = new Logger('Jobs');
  #trouble: string | undefined;

  write(event: JobEvent): void {
    switch (event.type) {
      case 'started':
        this.#logger.debug(`${event.name} begins.`);
        break;
      case 'ended':
        this.#ended(event.name, event.run);
        break;
      case 'skipped':
        this.#skipped(event);
        break;
      case 'repeated':
        this.#logger.warn(
          `${event.name}, due at ${event.run.scheduledFor.toISOString()}, may have run twice: Redis was unavailable during the run.`,
        );
        break;
      case 'paused':
        this.#logger.log(
          `${event.name} was paused by ${event.pause.by}: no process runs its ticks until it is resumed.`,
        );
        break;
      case 'resumed':
        this.#logger.log(
          `${event.name} was resumed; ${event.pause.by} paused it at ${event.pause.since.toISOString()}.`,
        );
        break;
      case 'removed':
        this.#logger.log(`${event.name} was removed from Redis: no process has this job any more.`);
        break;
      case 'trouble':
        this.#once(event.name ?? 'Redis', event.error);
        break;
    }
  }

  #skipped({ name, scheduledFor, count, reason }: SkippedTicks): void {
    const due = scheduledFor.toISOString();
    if (reason === 'running')
      this.#logger.warn(`${name}: skipped the tick due at ${due}, because the job is still running.`);
    else
      this.#logger.warn(
        `${name} missed ${count} ticks since ${due}: no process was running, or Redis was unavailable.`,
      );
  }

  #ended(
    name: string,
    { result, duration, error, attempts, statistics }: Extract<JobEvent, { type: 'ended' }>['run'],
  ): void {
    this.#trouble = undefined;
    const tries = attempts === 1 ? '' : ` after ${attempts} attempts`;
    if (result === 'succeeded') this.#succeeded(`${name} succeeded in ${duration} ms${tries}`, statistics);
    else if (result === 'stopped')
      this.#logger.warn(`${name} was stopped with its process; another process repeats the run.`);
    else this.#logger.error(`${name} ${result}${tries}: ${error}`);
  }

  /** Runs without statistics are logged at debug level: there may be ten per second. */
  #succeeded(line: string, statistics: JobStatistics | undefined): void {
    if (statistics === undefined) this.#logger.debug(`${line}.`);
    else this.#logger.log(`${line}: ${JSON.stringify(statistics)}`);
  }

  /** Logs a problem once until another one occurs: while Redis is unavailable, every call fails in the same way. */
  #once(subject: string, error: unknown): void {
    const message = `${subject}: ${messageOf(error)}`;
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#logger.warn(message);
  }
}
