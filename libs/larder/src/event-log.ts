import { Logger } from '@nestjs/common';
import type { CacheEvent } from './cache/events.js';

/** Tells the people who run an application what the cache cannot tell its callers. */
export class EventLog {
  readonly #logger = new Logger('Larder');
  /** What has been said: a method whose values cannot be kept would say so at every call. */
  readonly #said = new Set<string>();

  write(event: CacheEvent): void {
    switch (event.type) {
      case 'refused':
        this.#warnOnce(event.method ?? event.id, messageOf(event.error));
        break;
      case 'targets-failed':
        this.#logger.error(
          `The targets of ${event.method} could not be worked out, so everything was invalidated: ${messageOf(event.error)}`,
        );
        break;
      case 'searched':
        this.#logger.debug(
          `The pattern ${event.glob} is no prefix: every stored path was compared, ${event.matched} matched.`,
        );
        break;
    }
  }

  warnOfRedis(): void {
    this.#logger.warn('LARDER_REDIS_URL is set, but this version keeps everything in this process.');
  }

  #warnOnce(subject: string, message: string): void {
    if (this.#said.has(subject) || this.#said.size >= 1000) return;
    this.#said.add(subject);
    this.#logger.warn(message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
