import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { Cacheable, LarderModule } from 'nest-larder';
import { onTable } from 'nest-larder/change-feed';
import { LarderTracing, traceTransaction } from 'nest-larder/opentelemetry';
import { RedisIoAdapter } from 'nest-larder/realtime';
import pg from 'pg';
import type { TracedOptions } from './span-record.js';

const venuesRule = onTable('venues', {
  columns: ['id'],
  invalidate: ({ rows }) => rows.map(({ id }) => ['venues', id]),
  covers: [['venues']],
});

/** An application with a cached route over a table, its change feed and live queries. */
export class TracedApplication {
  private constructor(
    private readonly app: INestApplication,
    private readonly pool: pg.Pool,
    readonly url: string,
  ) {}

  static async start({ database, redis, keyPrefix }: TracedOptions): Promise<TracedApplication> {
    const pool = new pg.Pool({ connectionString: database });

    @Controller('venues')
    class Venues {
      @Get(':id')
      @Cacheable({ key: (id: string) => ['venues', Number(id)], ttl: '1h' })
      async one(@Param('id') id: string) {
        const { rows } = await pool.query('select id, name from venues where id = $1', [id]);
        return rows[0];
      }
    }

    const larder = LarderModule.forRoot({
      redis,
      keyPrefix,
      changeFeed: { url: database, rules: [venuesRule] },
      realtime: true,
      defaultTtl: '1h',
      // Long, so that a slow machine does not lose the journal, and with it the trace.
      maxStaleness: '10s',
      redisTimeout: '5s',
    });
    @Module({ imports: [larder], controllers: [Venues], providers: [LarderTracing] })
    class App {}
    const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
    app.useWebSocketAdapter(await RedisIoAdapter.create(app));
    await app.listen(0, '127.0.0.1');
    return new TracedApplication(app, pool, await app.getUrl());
  }

  /** Renames a venue, as a traced request would. */
  async rename(id: number, name: string): Promise<void> {
    await trace.getTracer('application').startActiveSpan('PATCH /venues/:id', async (span) => {
      const client = await this.pool.connect();
      await client.query('begin');
      await traceTransaction(client);
      await client.query('update venues set name = $2 where id = $1', [id, name]);
      await client.query('commit');
      client.release();
      span.end();
    });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.pool.end();
  }
}
