import { EntitySchema, MikroORM, wrap } from '@mikro-orm/postgresql';
import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

export class Player {
  id!: string;
  name!: string;
  since!: Date;

  initial(): string {
    return this.name[0] ?? '';
  }
}

const schema = new EntitySchema<Player>({
  class: Player,
  tableName: 'mikro_player',
  properties: {
    id: { type: 'string', primary: true },
    name: { type: 'string' },
    since: { type: 'Date' },
  },
});

@Injectable()
export class Players implements OnModuleDestroy {
  loads = 0;
  #orm!: MikroORM;

  async open(): Promise<void> {
    this.#orm = await MikroORM.init({ clientUrl: process.env.DATABASE_URL, entities: [schema] });
    await this.#orm.schema.updateSchema({ safe: true });
    await this.#orm.em.fork().upsert(Player, { id: '1', name: 'Ana', since: new Date(0) });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#orm.close();
  }

  @Cacheable({ key: (id: string) => ['players', id] })
  async one(id: string): Promise<Player | null> {
    this.loads++;
    return this.#orm.em.fork().findOne(Player, { id }, { disableIdentityMap: true });
  }

  @CacheInvalidate({ targets: (id: string) => [['players', id]] })
  async rename(id: string, name: string): Promise<void> {
    await this.#orm.em.fork().nativeUpdate(Player, { id }, { name });
  }
}

/** MikroORM keeps its state on each entity: `store` takes the columns, and each caller gets a detached entity. */
const player = {
  class: Player,
  store: (one: Player) => wrap(one).toPOJO(),
  restore: (columns: unknown) => Object.assign(Object.create(Player.prototype), columns) as Player,
};

@Module({
  imports: [LarderModule.forRoot({ redis: process.env.REDIS_URL, keyPrefix: 'mikro-orm', classes: { player } })],
  providers: [Players],
})
export class AppModule {}
