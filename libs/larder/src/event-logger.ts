import { Logger } from '@nestjs/common';
import { messageOf } from './base/errors.js';
import type { CacheEvent } from './cache/state/events.js';
import type { WarmReport } from './cache/state/warm-report.js';

/** Logs the events of a cache. */
export class EventLogger {
  readonly #logger = new Logger('Larder');
  /** Subjects already logged: a method whose values cannot be stored would log at every call. */
  readonly #said = new Set<string>();
  /** What is lost now: its recovery is logged at the same level as its loss. */
  readonly #lost = new Set<string>();

  write(event: CacheEvent): void {
    switch (event.type) {
      case 'uncacheable':
        this.#warnOnce(event.method ?? event.id, messageOf(event.error));
        break;
      case 'targets-failed':
        this.#logger.error(
          `Everything was invalidated, because the targets of ${event.method} failed: ${messageOf(event.error)}`,
        );
        break;
      case 'prefetch-failed':
        this.#warnOnce(
          `prefetch ${event.method}`,
          `Nothing was prefetched after ${event.method}, because its prefetch failed: ${messageOf(event.error)}`,
        );
        break;
      case 'refresh-failed':
        this.#warnOnce(
          `refresh ${event.method}`,
          `Background refresh of ${event.method} failed: ${messageOf(event.error)}`,
        );
        break;
      case 'warmed':
        this.#logWarming(event.method, event.report);
        break;
      case 'warming-failed':
        this.#logger.warn(
          `${event.method} was not warmed, because its critical calls failed: ${messageOf(event.error)}`,
        );
        break;
      case 'predictive-warming-paused':
        this.#logger.warn(
          `Predictive warming pauses for ${Math.round(event.length / 60_000)} minutes, because callers asked for ` +
            `${Math.round(event.used)} of the last ${Math.round(event.used + event.unused)} values that it loaded.`,
        );
        break;
      case 'predictive-warming-resumed':
        this.#logger.log('Predictive warming loads again.');
        break;
      case 'load-failed':
        this.#logger.warn(
          `A load of ${event.method ?? event.id} failed; serving the stale value if there is one: ${messageOf(event.error)}`,
        );
        break;
      case 'cleared':
        this.#logger.warn(
          `The cache was cleared${event.delivered ? '' : '; other nodes are notified when Redis is available'}.`,
        );
        break;
      case 'clear-refused':
        this.#logger.warn('Refused to clear the cache: the clear token is unknown, used or expired.');
        break;
      case 'pattern-scanned':
        this.#logger.debug(
          `Compared every stored path with the pattern ${event.glob}, which is not a prefix: ${event.matched} matched.`,
        );
        break;
      case 'journal-followed':
        this.#found('journal', 'Connected to Redis: invalidations of other nodes reach this one.');
        break;
      case 'journal-lost':
        this.#lose(
          'journal',
          `Reads go to their source, because the journal in Redis cannot be read. ${messageOf(event.error)}`,
        );
        break;
      case 'feed-followed':
        this.#found(
          'feed',
          event.as === 'reader'
            ? 'The change feed reads: changes in the database invalidate the cache.'
            : 'The change feed stands by: another process reads it for all.',
        );
        break;
      case 'feed-lost':
        this.#lose(
          'feed',
          `Changes in the database reach the cache late, because the change feed cannot read; it retries. ${messageOf(event.error)}`,
        );
        break;
      case 'feed-reset':
        // Expected at the first start.
        this.#logger[event.reason === 'new' ? 'log' : 'warn'](
          `Everything that the change feed covers was invalidated, because ${RESET_REASONS[event.reason]}.`,
        );
        break;
      case 'feed-rule-failed':
        this.#warnOnce(`rule ${event.table}`, messageOf(event.error));
        break;
      case 'feed-gaps':
        this.#logger.warn(
          `The cache may be stale for up to 10 s, because triggers do not log some changes in the database: ` +
            `${event.problems.join('; ')}. Run \`npx nest-larder triggers install\`.`,
        );
        break;
      case 'feed-gaps-closed':
        this.#logger.warn('The triggers log every change in the database again.');
        break;
      case 'feed-outdated':
        this.#warnOnce(
          'outdated',
          'Values in the change log depend on the session of the writer, because the triggers are those of the former release. ' +
            'Run `npx nest-larder triggers install` when all processes run this release.',
        );
        break;
      case 'scope-undeclared':
        if (isProduction()) break;
        this.#logger.warn(
          `Not cached: guarded methods without scope, whose results may belong to one caller: ${event.methods.join(', ')}. ` +
            "Add scope: 'shared' (one value for all callers) or scope: 'user' (one value per user) to their @Cacheable.",
        );
        break;
      case 'identify-failed':
        this.#warnOnce(
          `identify ${event.method}`,
          `${event.method} was not cached, because identify failed: ${messageOf(event.error)}`,
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
          `Every unknown query parameter makes a new entry of ${event.method}, because its key contains the whole query. ` +
            'Give the query a class that declares its parameters, or name them with @Query().',
        );
        break;
      case 'stale-read':
        this.#logger.warn(event.finding.message);
        break;
      case 'audit-unstable':
        this.#logger.warn(unstableMessage(event.method, event.paths));
        break;
      case 'invalidated':
        this.#logger.debug(`Invalidated (${event.origin}): ${event.target}`);
        break;
      case 'invalidation-pending':
        this.#logger.debug(`An invalidation waits until Redis accepts it. ${messageOf(event.error)}`);
        break;
    }
  }

  #logWarming(method: string, { total, loaded, fresh, failed, took }: WarmReport): void {
    const figures = `${total} calls of ${method} in ${took} ms: ${loaded} loaded, ${fresh} already fresh, ${failed.length} failed`;
    if (failed.length === 0) this.#logger.debug(`Warmed ${figures}.`);
    else this.#logger.warn(`Warmed ${figures}. The first error: ${messageOf(failed[0]?.error)}`);
  }

  /** Logs a loss once until its recovery, also if the message changes. */
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

function unstableMessage(method: string, paths: readonly string[]): string {
  if (paths.length === 0)
    return `${method} is not audited any more, because every load returns another value. Declare it: audit: false.`;
  const ignored = paths.map((path) => `'${path}'`).join(', ');
  return `The audit ignores ${paths.join(', ')} of ${method}, because every load returns other values there. Declare it: audit: { ignore: [${ignored}] }.`;
}

const RESET_REASONS = {
  new: 'it has not read this log before',
  retention: 'it did not read for longer than the retention of the log',
  restored: 'the database was restored, or another one took its place',
} as const;

function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
