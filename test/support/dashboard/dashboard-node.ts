import 'reflect-metadata';
import { Controller, Get, Injectable, Module, Param, Patch, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, CacheInvalidate, defineCounter, Job, LarderModule, tag } from 'nest-larder';

@Controller('venues')
class Venues {
  @Get(':id')
  @Cacheable({ key: (id: string) => ['venues', id], tags: (id) => [tag(`venue:${id}`)], ttl: '10m', scope: 'shared' })
  async one(@Param('id') id: string) {
    return { id, name: `Venue ${id}` };
  }

  @Get()
  @Cacheable({
    key: (page: string) => ['venues', 'list', { page }],
    ttl: '5m',
    staleWhileRevalidate: '1m',
    scope: 'shared',
  })
  async list(@Query('page') page: string) {
    return { page, venues: Array.from({ length: 40 }, (_, index) => ({ id: index, name: `Venue ${index}` })) };
  }

  @Patch(':id')
  @CacheInvalidate({ targets: (id: string) => [tag(`venue:${id}`)] })
  async change(@Param('id') id: string) {
    return { id };
  }
}

@Injectable()
class Work {
  private readonly views = defineCounter({ name: 'views', flushEvery: '1m', write: async () => {} });

  @Job({ name: 'tidy', cron: '0 3 1 1 *' })
  async tidy() {
    return { removed: 3 };
  }

  count(): Promise<void> {
    return this.views.add('page');
  }
}

@Controller()
class Visits {
  constructor(private readonly work: Work) {}

  @Post('visits')
  async add() {
    await this.work.count();
  }
}

const [redis = '', token = ''] = process.argv.slice(2);

@Module({
  imports: [
    LarderModule.forRoot({ redis, diagnostics: true, fleetStats: '1s', dashboard: { token, release: '1.4.0' } }),
  ],
  controllers: [Venues, Visits],
  providers: [Work],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.send?.(await app.getUrl());
process.on('disconnect', () => void app.close());
