import { Controller, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

@Controller()
export class PricesController {
  loads = 0;

  @MessagePattern('price')
  @Cacheable({ key: ({ item }: { item: string }) => ['prices', item], ttl: '10m' })
  async price(@Payload() { item }: { item: string }) {
    return { item, load: ++this.loads };
  }

  /** An event from another service: what it changed is invalidated once the handler has succeeded. */
  @EventPattern('price-changed')
  @CacheInvalidate({ targets: ({ item }: { item: string }) => [['prices', item]] })
  async changed(@Payload() _event: { item: string }): Promise<void> {}
}

@Module({ imports: [LarderModule.forRoot()], controllers: [PricesController] })
export class AppModule {}
