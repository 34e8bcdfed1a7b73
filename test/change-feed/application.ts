import { Cache, type CacheEvent, createCache, type Key } from 'nest-larder';
import { ChangeFeed, type ChangeFeedOptions } from 'nest-larder/change-feed';
import { Client } from 'pg';

export interface ApplicationOptions {
  /** The database as it is seen from the outside. */
  readonly database: string;
  readonly feed: ChangeFeedOptions;
  readonly redis?: string;
  /** First part of all names in Redis. */
  readonly keyPrefix?: string;
}

/** A cache over a database, with a change feed, and what it reported. */
export class Application {
  readonly events: CacheEvent[] = [];
  cache: Cache;
  feed: ChangeFeed;
  /** Loads since the start. */
  loads = 0;
  private readonly client: Client;

  private constructor({ database }: ApplicationOptions) {
    this.client = new Client({ connectionString: database });
    this.client.on('error', () => {});
  }

  /** Resolves when the feed has begun. */
  static async start(options: ApplicationOptions): Promise<Application> {
    const application = new Application(options);
    const onEvent = (event: CacheEvent) => void application.events.push(event);
    const { redis, keyPrefix } = options;
    application.cache = await createCache({ redis, keyPrefix, onEvent, defaultTtl: '1h' });
    application.feed = new ChangeFeed(application.cache, { name: keyPrefix, ...options.feed }, { onEvent });
    try {
      await application.feed.start();
      await application.client.connect();
    } catch (error) {
      await application.stop();
      throw error;
    }
    return application;
  }

  /** The value of a query that answers one row with one value, through the cache. */
  read(key: Key, sql: string, values: readonly unknown[] = []): Promise<unknown> {
    const load = async () => {
      this.loads++;
      const { rows } = await this.client.query({ text: sql, values: [...values], rowMode: 'array' });
      return rows[0]?.[0] ?? null;
    };
    return this.cache.getOrLoad(key, load, { cacheNull: true });
  }

  /** Runs statements past the cache. */
  async run(sql: string, values: readonly unknown[] = []): Promise<void> {
    await this.client.query(sql, [...values]);
  }

  countOf(type: CacheEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  async stop(): Promise<void> {
    await this.feed.close();
    await this.cache.close();
    await this.client.end();
  }
}
