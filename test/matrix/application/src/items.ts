import { Controller, Get, Inject, Injectable, Module, Param, Patch } from '@nestjs/common';
import { Cache, Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

@Injectable()
export class Items {
  loads = 0;

  @Cacheable({ key: (id: string) => ['items', id], ttl: '1m' })
  async one(id: string): Promise<{ id: string; loads: number }> {
    this.loads += 1;
    return { id, loads: this.loads };
  }
}

@Controller('items')
class ItemsController {
  constructor(@Inject(Items) private readonly items: Items) {}

  @Get('direct/:id')
  @Cacheable({ key: (id: string) => ['direct', id], ttl: '1m' })
  async direct(@Param('id') id: string): Promise<{ id: string; loads: number }> {
    return this.items.one(id);
  }

  @Patch(':id')
  @CacheInvalidate({
    targets: (id: string) => [
      ['items', id],
      ['direct', id],
    ],
  })
  async change(@Param('id') id: string): Promise<{ id: string }> {
    return { id };
  }
}

@Module({ imports: [LarderModule.forRoot()], controllers: [ItemsController], providers: [Items] })
export class ItemsModule {
  // Injected by the class that `emitDecoratorMetadata` emits.
  constructor(readonly cache: Cache) {}
}
