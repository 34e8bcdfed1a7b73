import { Logger } from '@nestjs/common';
import type { JobEvent, JobStatistics, SkippedTicks } from '../run.js';

/** Tells the people who run an application what jobs do. */
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
          `${event.name}, due at ${event.run.scheduledFor.toISOString()}, may have run twice: Redis was away while it ran.`,
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
    if (reason === 'running') this.#logger.warn(`${name} was due at ${due} and is still running: skipped.`);
    else this.#logger.warn(`${name} missed ${count} ticks from ${due} on: no process was there, or Redis was not.`);
  }

  #ended(
    name: string,
    { result, duration, error, attempts, statistics }: Extract<JobEvent, { type: 'ended' }>['run'],
  ): void {
    this.#trouble = undefined;
    const tries = attempts === 1 ? '' : ` after ${attempts} tries`;
    if (result === 'succeeded') this.#succeeded(`${name} succeeded in ${duration} ms${tries}`, statistics);
    else if (result === 'stopped')
      this.#logger.warn(`${name} was stopped with its process; another one runs it again.`);
    else this.#logger.error(`${name} ${result}${tries}: ${error}`);
  }

  /** A run that has something to say is worth a line; of the others there may be ten a second. */
  #succeeded(line: string, statistics: JobStatistics | undefined): void {
    if (statistics === undefined) this.#logger.debug(`${line}.`);
    else this.#logger.log(`${line}: ${JSON.stringify(statistics)}`);
  }

  /** While Redis is away everything fails in the same way, again and again. */
  #once(subject: string, error: unknown): void {
    const message = `${subject}: ${error instanceof Error ? error.message : error}`;
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#logger.warn(message);
  }
}
