import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Controller, Get, Headers, Inject, Injectable, Param, Post } from '@nestjs/common';
import type { Cache } from 'cache-manager';

export interface Article {
  id: string;
  title: string;
}

@Injectable()
export class Articles {
  loads = 0;
  private version = 1;

  constructor(@Inject(CACHE_MANAGER) private readonly cache: Cache) {}

  async latest(section: string): Promise<Article[]> {
    return this.cache.wrap(`latest:${section}`, () => this.load(section), 60_000);
  }

  async publish(section: string): Promise<string> {
    const title = await this.write(section);
    await this.cache.del(`latest:${section}`);
    return title;
  }

  private async load(section: string): Promise<Article[]> {
    this.loads++;
    return [{ id: '1', title: `${section} ${this.version}` }];
  }

  private async write(section: string): Promise<string> {
    this.version++;
    return `${section} ${this.version}`;
  }
}

@Controller('news')
export class NewsController {
  requests = 0;

  constructor(private readonly articles: Articles) {}

  @Get('latest/:section')
  async latest(@Param('section') section: string, @Headers('x-tenant') tenant: string) {
    this.requests++;
    return { tenant, articles: await this.articles.latest(section) };
  }

  @Post('latest/:section')
  async publish(@Param('section') section: string) {
    return { title: await this.articles.publish(section) };
  }
}
