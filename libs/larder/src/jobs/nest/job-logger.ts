import { Logger } from '@nestjs/common';
import type { JobEvent } from '../run.js';

/** Tells the people who run an application what jobs do. */
export class JobLog {
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
        this.#logger.warn(
          `${event.name} was due at ${event.scheduledFor.toISOString()} and is still running: skipped.`,
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

  #ended(name: string, { result, duration, error, attempts }: Extract<JobEvent, { type: 'ended' }>['run']): void {
    this.#trouble = undefined;
    const tries = attempts === 1 ? '' : ` after ${attempts} tries`;
    if (result === 'succeeded') this.#logger.debug(`${name} succeeded in ${duration} ms${tries}.`);
    else if (result === 'stopped')
      this.#logger.warn(`${name} was stopped with its process; another one runs it again.`);
    else this.#logger.error(`${name} ${result}${tries}: ${error}`);
  }

  /** While Redis is away everything fails in the same way, again and again. */
  #once(subject: string, error: unknown): void {
    const message = `${subject}: ${error instanceof Error ? error.message : error}`;
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#logger.warn(message);
  }
}
