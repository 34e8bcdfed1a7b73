import type { Tracker } from '../../cache/observed/tracker.js';
import type { OrmPool } from '../../postgres/pool-database.js';
import { QueryObserver } from '../observation/query-observer.js';
import { DatabaseLink, type DatabaseLinkOptions } from './database-link.js';
import { feedMapper } from './feed-mapper.js';
import { OwnWrites } from './own-writes.js';
import { QueryTracker } from './query-tracker.js';

export interface QueryDependenciesOptions extends Omit<DatabaseLinkOptions, 'pool'> {
  /** The first one is asked about tables; loads are observed in every copy of `pg` that one of them comes from. */
  readonly pools: readonly [DatabaseLinkOptions['pool'], ...(DatabaseLinkOptions['pool'] | OrmPool)[]];
  /** How long a commit waits for its delivery, in milliseconds; 0 for not at all. */
  readonly readYourWrites: number;
  /** Whether the change feed has delivered everything that was committed before the call. */
  readonly delivered: () => Promise<boolean>;
  readonly advance: () => void;
}

/** Lets cached values depend on what the queries of their loads read. */
export class QueryDependencies {
  readonly mapper = feedMapper;
  readonly tracker: Tracker;
  readonly #observer: QueryObserver;
  readonly #ownWrites: OwnWrites;
  readonly #link: DatabaseLink;
  readonly #pools: QueryDependenciesOptions['pools'];

  constructor({ pools, readYourWrites, delivered, advance, ...options }: QueryDependenciesOptions) {
    const [pool] = pools;
    this.#pools = pools;
    this.#link = new DatabaseLink({ ...options, pool });
    this.#ownWrites = new OwnWrites({
      clock: options.clock,
      limit: readYourWrites,
      delivered,
      invalidateAll: () => this.#link.invalidateAll(),
      advance,
    });
    this.#observer = new QueryObserver(readYourWrites > 0 ? this.#ownWrites.settle : undefined);
    this.tracker = new QueryTracker(this.#observer, this.#link);
  }

  /**
   * Begins to observe. Until it has resolved, no value is stored.
   *
   * @throws LarderOptionsError, LarderChangeFeedError like {@link DatabaseLink.start}
   */
  async start(): Promise<void> {
    for (const pool of this.#pools) {
      if ('query' in pool) this.#observer.observe(pool);
      else this.#observer.observeWaits(pool);
    }
    try {
      await this.#link.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#ownWrites.stop();
    this.#observer.stop();
    await this.#link.stop();
  }
}
