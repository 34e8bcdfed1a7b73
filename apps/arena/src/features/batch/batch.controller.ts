import { Body, Controller, Get, Header, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cache } from 'nest-larder';
import { type Item, item } from '../marketplace/items/item.schemas.js';
import { Items } from '../marketplace/items/items.js';
import { type Profile, profile } from '../sign-in/users/profile.js';
import { Profiles } from '../sign-in/users/profiles.js';
import { type Batch, type BatchRequest, batchOf, batchRequest, batchSchemaOf } from './batch.js';
import { askRedis, type CacheStatsAnswer, cacheStats } from './cache-stats.js';

const users = batchSchemaOf(profile).meta({ id: 'UserBatch' });
const products = batchSchemaOf(item).meta({ id: 'ProductBatch' });

@ApiTags('Batches')
@Controller('api/v1/batch')
export class BatchController {
  constructor(
    private readonly profiles: Profiles,
    private readonly items: Items,
    private readonly cache: Cache,
  ) {}

  @Post('users')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Look at many users: what is public of them' })
  @ApiOkResponse({ standardSchema: users, description: 'Who was found' })
  async users(@Body({ schema: batchRequest }) request: BatchRequest): Promise<Batch<Profile>> {
    return batchOf(request, (ids) => this.profiles.many(ids));
  }

  @Post('products')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Look at many things of the marketplace' })
  @ApiOkResponse({ standardSchema: products, description: 'What was found' })
  async products(@Body({ schema: batchRequest }) request: BatchRequest): Promise<Batch<Item>> {
    return batchOf(request, (ids) => this.items.many(ids));
  }

  @Get('cache-stats')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Look at how Redis is doing' })
  @ApiOkResponse({ standardSchema: cacheStats, description: 'What it says of itself' })
  async cacheStats(): Promise<CacheStatsAnswer> {
    return askRedis(this.cache);
  }
}
