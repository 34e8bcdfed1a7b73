import { Controller, Get, NotFoundException, Param, ParseIntPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, type CacheEvent, LarderModule, type LarderOptions } from 'nest-larder';
import { RedisIoAdapter } from 'nest-larder/realtime';
import { Pool } from 'pg';
import { LiveSocket } from '../realtime/live-socket.js';

/** What each load reads, and how often it ran: of one process. */
export class LiveShop {
  readonly loads: Record<string, number> = {};
  readonly events: CacheEvent[] = [];
  /** Runs between the queries and the end of a load. */
  beforeEnd: () => Promise<void> = async () => {};
  url: string;
  readonly #sockets: LiveSocket[] = [];
  #close: () => Promise<void>;

  private constructor(readonly pool: Pool) {}

  /** A node with routes whose values depend on their queries. They use the tables of `SHOP`. */
  static async start(database: string, options: LarderOptions = {}): Promise<LiveShop> {
    const pool = new Pool({ connectionString: database });
    pool.on('error', () => {});
    const shop = new LiveShop(pool);
    const row = async (name: string, sql: string, values: unknown[]) => {
      shop.loads[name] = (shop.loads[name] ?? 0) + 1;
      const { rows } = await pool.query(sql, values);
      await shop.beforeEnd();
      if (rows.length === 0) throw new NotFoundException();
      return rows;
    };

    @Controller('shop')
    class Shop {
      @Get('items/:id')
      @Cacheable({ key: (id: number) => ['items', id], ttl: '1h', dependsOn: 'queries' })
      async item(@Param('id', ParseIntPipe) id: number): Promise<object> {
        const sql = `select i.id, i.price, i.seller_id, s.name as seller from items i left join sellers s on s.id = i.seller_id
          where i.id = $1`;
        return (await row('item', sql, [id]))[0];
      }

      @Get('sellers/:id/items')
      @Cacheable({ key: (id: number) => ['sold', id], ttl: '1h', dependsOn: 'queries' })
      async sold(@Param('id', ParseIntPipe) id: number): Promise<object[]> {
        return row('sold', 'select id, price, note from items where seller_id = $1 order by id', [id]);
      }

      /** Its table has no triggers: it is never stored. */
      @Get('notes/:id')
      @Cacheable({ key: (id: number) => ['notes', id], ttl: '1h', dependsOn: 'queries' })
      async note(@Param('id', ParseIntPipe) id: number): Promise<object> {
        return (await row('note', 'select text from notes where id = $1', [id]))[0];
      }
    }

    const onEvent = (event: CacheEvent) => void shop.events.push(event);
    const app = await NestFactory.create(
      {
        module: class App {},
        imports: [
          LarderModule.forRoot({
            database: pool,
            changeFeed: { url: database },
            realtime: { interval: 50 },
            maxStaleness: '10s',
            redisTimeout: '5s',
            onEvent,
            ...options,
          }),
        ],
        controllers: [Shop],
      },
      { logger: false, abortOnError: false },
    );
    app.useWebSocketAdapter(await RedisIoAdapter.create(app, { limits: { perSecond: 5000, burst: 5000 } }));
    await app.listen(0, '127.0.0.1');
    shop.url = await app.getUrl();
    shop.#close = () => app.close();
    return shop;
  }

  async connect(): Promise<LiveSocket> {
    const socket = await LiveSocket.connect(this.url);
    this.#sockets.push(socket);
    return socket;
  }

  async read(path: string): Promise<unknown> {
    return (await fetch(`${this.url}/shop/${path}`)).json();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#close();
    await this.pool.end();
  }
}
