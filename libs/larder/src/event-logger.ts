import { Logger } from '@nestjs/common';
import type { CacheEvent } from './cache/state/events.js';
import type { WarmReport } from './cache/state/warm-report.js';

/** Tells the people who run an application what the cache cannot tell its callers. */
export class EventLogger {
  readonly #logger = new Logger('Larder');
  /** What has been said: a method whose values cannot be kept would say so at every call. */
  readonly #said = new Set<string>();
  /** What is lost now: its recovery is told at the level at which its loss was. */
  readonly #lost = new Set<string>();

  write(event: CacheEvent): void {
    switch (event.type) {
      case 'uncacheable':
        this.#warnOnce(event.method ?? event.id, messageOf(event.error));
        break;
      case 'targets-failed':
        this.#logger.error(
          `The targets of ${event.method} could not be worked out, so everything was invalidated: ${messageOf(event.error)}`,
        );
        break;
      case 'prefetch-failed':
        this.#warnOnce(
          `prefetch ${event.method}`,
          `What to prefetch after ${event.method} could not be worked out: ${messageOf(event.error)}`,
        );
        break;
      case 'refresh-failed':
        this.#warnOnce(
          `refresh ${event.method}`,
          `${event.method} could not be refreshed in the background: ${messageOf(event.error)}`,
        );
        break;
      case 'warmed':
        this.#tellOfWarming(event.method, event.report);
        break;
      case 'warming-failed':
        this.#logger.warn(`The critical calls of ${event.method} could not be worked out: ${messageOf(event.error)}`);
        break;
      case 'load-failed':
        this.#logger.warn(
          `A load of ${event.method ?? event.id} failed, and nobody waited for it or an older value stood in: ${messageOf(event.error)}`,
        );
        break;
      case 'cleared':
        this.#logger.warn(
          `The cache was cleared${event.delivered ? '' : '; other nodes are told when Redis is back'}.`,
        );
        break;
      case 'clear-refused':
        this.#logger.warn('Somebody tried to clear the cache with a token that is not good.');
        break;
      case 'pattern-scanned':
        this.#logger.debug(
          `The pattern ${event.glob} is no prefix: every stored path was compared, ${event.matched} matched.`,
        );
        break;
      case 'journal-followed':
        this.#found('journal', 'Redis is there: what other nodes invalidate arrives here.');
        break;
      case 'journal-lost':
        this.#lose(
          'journal',
          `The journal in Redis cannot be read; reads that depend on it go to their source. ${messageOf(event.error)}`,
        );
        break;
      case 'feed-followed':
        this.#found(
          'feed',
          event.as === 'reader'
            ? 'The change feed reads: what is changed in the database is invalidated.'
            : 'The change feed stands by: another process reads it for all.',
        );
        break;
      case 'feed-lost':
        this.#lose(
          'feed',
          `The change feed cannot read; it tries again, and misses nothing. ${messageOf(event.error)}`,
        );
        break;
      case 'feed-reset':
        // Every first start begins so.
        this.#logger[event.reason === 'new' ? 'log' : 'warn'](
          `${BEGINNINGS[event.reason]}, so everything that it covers was invalidated.`,
        );
        break;
      case 'feed-rule-failed':
        this.#warnOnce(`rule ${event.table}`, messageOf(event.error));
        break;
      case 'feed-gaps':
        this.#logger.warn(
          `The cache may be stale for up to 10 s, because some changes in the database are not told: ` +
            `${event.problems.join('; ')}. Run \`npx nest-larder triggers install\`.`,
        );
        break;
      case 'feed-gaps-closed':
        this.#logger.warn('The triggers tell of every change in the database again.');
        break;
      case 'feed-outdated':
        this.#warnOnce(
          'outdated',
          'Values in the change log depend on the session of the writer, because the triggers are those of the release before. ' +
            'Run `npx nest-larder triggers install` once all processes are of this release.',
        );
        break;
      case 'scope-undeclared':
        if (isProduction()) break;
        this.#logger.warn(
          `Not cached, because their results may belong to one caller and they declare no scope: ${event.methods.join(', ')}. ` +
            "Add scope: 'shared' (the same for everybody) or scope: 'user' (the caller's own) to their @Cacheable.",
        );
        break;
      case 'identify-failed':
        this.#warnOnce(
          `identify ${event.method}`,
          `Who asks could not be found out, so ${event.method} was not cached: ${messageOf(event.error)}`,
        );
        break;
      case 'vary-failed':
        this.#warnOnce(
          `vary ${event.method}`,
          `${event.method} was not cached, because http.vary failed: ${messageOf(event.error)}`,
        );
        break;
      case 'query-undeclared':
        if (isProduction()) break;
        this.#warnOnce(
          `query ${event.method}`,
          `The key of ${event.method} holds the whole query, so every unknown parameter makes a new key. ` +
            'Give the query a class that declares its parameters, or name them with @Query().',
        );
        break;
      case 'invalidated':
        this.#logger.debug(`Invalidated (${event.origin}): ${event.target}`);
        break;
      case 'invalidation-pending':
        this.#logger.debug(`An invalidation is kept until Redis takes it. ${messageOf(event.error)}`);
        break;
    }
  }

  #tellOfWarming(method: string, { total, loaded, fresh, failed, took }: WarmReport): void {
    const figures = `${total} of ${method} in ${took} ms: ${loaded} loaded, ${fresh} there already, ${failed.length} failed`;
    if (failed.length === 0) this.#logger.debug(`Warmed ${figures}.`);
    else this.#logger.warn(`Warmed ${figures}. The first error: ${messageOf(failed[0]?.error)}`);
  }

  /** What is lost already is not told again, whatever the message is now. */
  #lose(what: string, message: string): void {
    if (this.#lost.has(what)) return;
    this.#lost.add(what);
    this.#logger.warn(message);
  }

  #found(what: string, message: string): void {
    if (this.#lost.delete(what)) this.#logger.warn(message);
    else this.#logger.log(message);
  }

  #warnOnce(subject: string, message: string): void {
    if (this.#said.has(subject) || this.#said.size >= 1000) return;
    this.#said.add(subject);
    this.#logger.warn(message);
  }
}

const BEGINNINGS = {
  new: 'The change feed has not read this log before',
  retention: 'The change feed was away for longer than changes are kept',
  restored: 'The database is not the one that the change feed knew',
} as const;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
