import type { ServerResponse as Response } from 'node:http';
import { Body, Controller, Get, Header, HttpCode, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cache } from 'nest-larder';
import { z } from 'zod';
import { type Item, item } from '../marketplace/items/item.schemas.js';
import { Items } from '../marketplace/items/items.js';
import { type Profile, profile } from '../sign-in/users/profile.js';
import { Profiles } from '../sign-in/users/profiles.js';
import {
  batchOf,
  MISSING,
  missingHeader,
  type ProductBatch,
  productBatch,
  type UserBatch,
  userBatch,
} from './batch.js';
import { askRedis, type CacheStatsAnswer, cacheStats } from './cache-stats.js';

const missing = { [MISSING]: { description: 'The ids that were not found', schema: { type: 'string' as const } } };

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
  @ApiOperation({ summary: 'Read the public profiles of many users' })
  @ApiOkResponse({
    standardSchema: z.array(profile),
    headers: missing,
    description: 'The users found, in the order requested',
  })
  async users(
    @Body({ schema: userBatch }) { user_ids }: UserBatch,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Profile[]> {
    const batch = await batchOf(user_ids, (ids) => this.profiles.many(ids));
    response.setHeader(MISSING, missingHeader(batch.missing));
    return batch.found;
  }

  @Post('products')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Read many items of the marketplace' })
  @ApiOkResponse({
    standardSchema: z.array(item),
    headers: missing,
    description: 'The items found, in the order requested',
  })
  async products(
    @Body({ schema: productBatch }) { product_ids }: ProductBatch,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Item[]> {
    const batch = await batchOf(product_ids, (ids) => this.items.many(ids));
    response.setHeader(MISSING, missingHeader(batch.missing));
    return batch.found;
  }

  @Get('cache-stats')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Read the statistics of Redis' })
  @ApiOkResponse({ standardSchema: cacheStats, description: 'Statistics that Redis reports' })
  async cacheStats(): Promise<CacheStatsAnswer> {
    return askRedis(this.cache);
  }
}
