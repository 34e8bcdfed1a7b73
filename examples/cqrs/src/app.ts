import { Module } from '@nestjs/common';
import {
  Command,
  CommandHandler,
  CqrsModule,
  type ICommandHandler,
  type IQueryHandler,
  Query,
  QueryHandler,
} from '@nestjs/cqrs';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

export class FindOrder extends Query<{ id: string; run: number }> {
  constructor(readonly id: string) {
    super();
  }
}

export class ShipOrder extends Command<void> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(FindOrder)
export class FindOrderHandler implements IQueryHandler<FindOrder> {
  runs = 0;

  @Cacheable({ key: ({ id }: FindOrder) => ['orders', id], ttl: '5m' })
  async execute({ id }: FindOrder) {
    return { id, run: ++this.runs };
  }
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  @CacheInvalidate({ targets: ({ id }: ShipOrder) => [['orders', id]] })
  async execute(_command: ShipOrder): Promise<void> {}
}

@Module({ imports: [LarderModule.forRoot(), CqrsModule.forRoot()], providers: [FindOrderHandler, ShipOrderHandler] })
export class AppModule {}
