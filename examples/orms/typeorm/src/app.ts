import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class Player {
  @PrimaryColumn('text') id!: string;
  @Column('text') name!: string;
  @Column('timestamptz') since!: Date;

  get initial(): string {
    return this.name[0] ?? '';
  }
}

@Injectable()
export class Players implements OnModuleDestroy {
  loads = 0;
  readonly #database = new DataSource({
    type: 'postgres',
    url: process.env.DATABASE_URL ?? '',
    entities: [Player],
    synchronize: true,
    schema: 'public',
    entityPrefix: 'typeorm_',
  });

  async open(): Promise<void> {
    await this.#database.initialize();
    await this.#database.getRepository(Player).save({ id: '1', name: 'Ana', since: new Date(0) });
  }
  async onModuleDestroy(): Promise<void> {
    await this.#database.destroy();
  }

  @Cacheable({ key: (id: string) => ['players', id] })
  async one(id: string): Promise<Player | null> {
    this.loads++;
    return this.#database.getRepository(Player).findOneBy({ id });
  }

  /** A cached entity is frozen: a write loads its own, or updates by id. */
  @CacheInvalidate({ targets: (id: string) => [['players', id]] })
  async rename(id: string, name: string): Promise<void> {
    await this.#database.getRepository(Player).update(id, { name });
  }
}

/** `classes` names the entities: a cached one comes back as its class, from Redis too. */
@Module({
  imports: [LarderModule.forRoot({ redis: process.env.REDIS_URL, keyPrefix: 'typeorm', classes: { player: Player } })],
  providers: [Players],
})
export class AppModule {}
