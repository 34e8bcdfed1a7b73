import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';
import { type Player, PrismaClient } from './generated/client.js';

/** Rows are plain objects: there is nothing to configure. */
@Injectable()
export class Players implements OnModuleDestroy {
  loads = 0;
  readonly #prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });

  async open(): Promise<void> {
    await this.#prisma.$executeRawUnsafe(
      'create table if not exists prisma_player (id text primary key, name text not null, since timestamptz not null)',
    );
    await this.#prisma.player.upsert({
      where: { id: '1' },
      update: {},
      create: { id: '1', name: 'Ana', since: new Date(0) },
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#prisma.$disconnect();
  }

  @Cacheable({ key: (id: string) => ['players', id] })
  async one(id: string): Promise<Player | null> {
    this.loads++;
    return this.#prisma.player.findUnique({ where: { id } });
  }

  @CacheInvalidate({ targets: (id: string) => [['players', id]] })
  async rename(id: string, name: string): Promise<void> {
    await this.#prisma.player.update({ where: { id }, data: { name } });
  }
}

@Module({
  imports: [LarderModule.forRoot({ redis: process.env.REDIS_URL, keyPrefix: 'prisma' })],
  providers: [Players],
})
export class AppModule {}
