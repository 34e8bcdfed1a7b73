import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule, tag } from 'nest-larder';
import { FakeClock } from 'nest-larder/testing';

const clock = new FakeClock();

@Controller('items')
class ItemsController {
  loads = 0;

  @Get(':id')
  @Cacheable({ key: (id: string) => ['items', id], ttl: '10m', tags: [tag('all')] })
  async one(@Param('id') id: string) {
    return { id, load: ++this.loads };
  }
}

@Module({ imports: [LarderModule.forRoot({ clock })], controllers: [ItemsController] })
class AppModule {}

async function run(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error'], abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/items/7`;
  const texts = [await (await fetch(url)).text(), await (await fetch(url)).text()];
  console.log(texts.join(' '));
  await app.close();
}

void run();
