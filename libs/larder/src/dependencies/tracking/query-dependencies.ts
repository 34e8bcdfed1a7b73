import type { Tracker } from '../../cache/observed/tracker.js';
import { QueryObserver } from '../observation/query-observer.js';
import { DatabaseLink, type DatabaseLinkOptions } from './database-link.js';
import { feedMapper } from './feed-mapper.js';
import { QueryTracker } from './query-tracker.js';

export interface QueryDependenciesOptions extends Omit<DatabaseLinkOptions, 'pool'> {
  /** The first one is asked about tables; loads are observed in every copy of `pg` that one of them comes from. */
  readonly pools: readonly [DatabaseLinkOptions['pool'], ...DatabaseLinkOptions['pool'][]];
}

/** Lets cached values depend on what the queries of their loads read. */
export class QueryDependencies {
  readonly mapper = feedMapper;
  readonly tracker: Tracker;
  readonly #observer = new QueryObserver();
  readonly #link: DatabaseLink;
  readonly #pools: QueryDependenciesOptions['pools'];

  constructor({ pools, ...options }: QueryDependenciesOptions) {
    const [pool] = pools;
    this.#pools = pools;
    this.#link = new DatabaseLink({ ...options, pool });
    this.tracker = new QueryTracker(this.#observer, this.#link);
  }

  /**
   * Begins to observe. Until it has resolved, no value is stored.
   *
   * @throws LarderOptionsError, LarderChangeFeedError like {@link DatabaseLink.start}
   */
  async start(): Promise<void> {
    for (const pool of this.#pools) this.#observer.observe(pool);
    try {
      await this.#link.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#observer.stop();
    await this.#link.stop();
  }
}
