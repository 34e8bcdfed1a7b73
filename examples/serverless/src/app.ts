import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule } from 'nest-larder';

@Controller('items')
export class ItemsController {
  loads = 0;

  @Get(':id')
  @Cacheable({ key: (id: string) => ['items', id], ttl: '10m' })
  async one(@Param('id') id: string) {
    return { id, load: ++this.loads };
  }
}

/** `LARDER_BACKGROUND=off` does the same without a change in the code. */
@Module({ imports: [LarderModule.forRoot({ background: false })], controllers: [ItemsController] })
export class AppModule {}

let started: ReturnType<typeof start> | undefined;

async function start() {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.init();
  return app.getHttpAdapter().getInstance() as (request: unknown, response: unknown) => void;
}

/** The function that the platform calls; the cache lives as long as the process. */
export async function handler(request: unknown, response: unknown): Promise<void> {
  started ??= start();
  (await started)(request, response);
}
