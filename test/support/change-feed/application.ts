import { Cache, type CacheEvent, type Clock, createCache, type Key } from 'nest-larder';
import { ChangeFeed, type ChangeFeedOptions } from 'nest-larder/change-feed';
import { Client } from 'pg';

export interface ApplicationOptions {
  /** A connection to the database outside the cache. */
  readonly database: string;
  readonly feed: ChangeFeedOptions;
  readonly redis?: string;
  /** The clock of the feed. Default: the machine's. */
  readonly clock?: Clock;
  /** Prefix of all names in Redis. */
  readonly keyPrefix?: string;
}

/** A cache over a database, with a change feed, and its events. */
export class Application {
  readonly events: CacheEvent[] = [];
  cache: Cache;
  feed: ChangeFeed;
  /** Loads since the start. */
  loads = 0;
  private client: Client;
  private isStopped = false;

  private constructor(private readonly options: ApplicationOptions) {}

  /** Resolves when the feed has started. */
  static async start(options: ApplicationOptions): Promise<Application> {
    const application = new Application(options);
    const onEvent = (event: CacheEvent) => void application.events.push(event);
    const { redis, keyPrefix, clock } = options;
    // A long timeout, so that a slow machine serves from the cache and does not load instead.
    const patience = { maxStaleness: '10s', redisTimeout: '5s' } as const;
    application.cache = await createCache({ redis, keyPrefix, onEvent, defaultTtl: '1h', ...patience });
    application.feed = new ChangeFeed(application.cache, { name: keyPrefix, ...options.feed }, { onEvent, clock });
    try {
      await application.feed.start();
      await application.reconnect();
    } catch (error) {
      await application.stop();
      throw error;
    }
    return application;
  }

  /** The value of a query with one row and one column, through the cache. */
  read(key: Key, sql: string, values: readonly unknown[] = []): Promise<unknown> {
    const load = async () => {
      this.loads++;
      const { rows } = await this.client.query({ text: sql, values: [...values], rowMode: 'array' });
      return rows[0]?.[0] ?? null;
    };
    return this.cache.getOrLoad(key, load, { cacheNull: true });
  }

  /** The second column of a query by its first, for these ids, through the cache. */
  async readMany(family: string, ids: readonly number[], sql: string): Promise<unknown[]> {
    const keys = ids.map((id) => [family, id] as const);
    const load = async (missing: readonly Key[]) => {
      this.loads += missing.length;
      const asked = missing.map(([, id]) => id);
      const { rows } = await this.client.query({ text: sql, values: [asked], rowMode: 'array' });
      const values = new Map<unknown, unknown>(rows as [unknown, unknown][]);
      return asked.map((id) => values.get(id) ?? null);
    };
    return this.cache.getMany(keys, load, { cacheNull: true });
  }

  countOf(type: CacheEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** Opens a new connection for the loads. */
  async reconnect(): Promise<void> {
    this.client = new Client({ connectionString: this.options.database });
    this.client.on('error', () => {});
    await this.client.connect();
  }

  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await this.feed.close();
    await this.cache.close();
    await this.client?.end();
  }
}
