import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';
import pg from 'pg';

const player = pgTable('drizzle_player', {
  id: text().primaryKey(),
  name: text().notNull(),
  since: timestamp({ withTimezone: true }).notNull(),
});

/** Rows are plain objects: there is nothing to configure. */
@Injectable()
export class Players implements OnModuleDestroy {
  loads = 0;
  readonly #pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  readonly #database = drizzle(this.#pool);

  async open(): Promise<void> {
    await this.#database.execute(
      sql`create table if not exists drizzle_player (id text primary key, name text not null, since timestamptz not null)`,
    );
    await this.#database
      .insert(player)
      .values({ id: '1', name: 'Ana', since: new Date(0) })
      .onConflictDoNothing();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#pool.end();
  }

  @Cacheable({ key: (id: string) => ['players', id] })
  async one(id: string): Promise<typeof player.$inferSelect | undefined> {
    this.loads++;
    return (await this.#database.select().from(player).where(eq(player.id, id)))[0];
  }

  @CacheInvalidate({ targets: (id: string) => [['players', id]] })
  async rename(id: string, name: string): Promise<void> {
    await this.#database.update(player).set({ name }).where(eq(player.id, id));
  }
}

@Module({
  imports: [LarderModule.forRoot({ redis: process.env.REDIS_URL, keyPrefix: 'drizzle' })],
  providers: [Players],
})
export class AppModule {}
