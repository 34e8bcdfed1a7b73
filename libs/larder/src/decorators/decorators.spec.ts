import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, Param, ParseIntPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, Cacheable, LarderModule } from '../index.js';

describe('smoke', () => {
  it('caches a controller', async () => {
    let loads = 0;
    @Injectable()
    class Service {
      @Cacheable({ key: (id: number) => ['service', id], ttl: '1m' })
      async find(id: number) {
        loads++;
        return { id };
      }
    }
    @Controller('items')
    class Items {
      constructor(private readonly service: Service) {}
      @Get(':id')
      @Cacheable({ key: (id: number) => ['items', id], ttl: '1m' })
      async one(@Param('id', ParseIntPipe) id: number) {
        return this.service.find(id);
      }
    }
    @Module({ imports: [LarderModule.forRoot()], controllers: [Items], providers: [Service] })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    await app.listen(0);
    const url = await app.getUrl();
    for (let i = 0; i < 3; i++) expect(await (await fetch(`${url}/items/5`)).json()).toEqual({ id: 5 });
    expect((await fetch(`${url}/items/x`)).status).toBe(400);
    expect(loads).toBe(1);
    expect(app.get(Cache).stats().hits).toBe(2);
    await app.close();
  });
});
