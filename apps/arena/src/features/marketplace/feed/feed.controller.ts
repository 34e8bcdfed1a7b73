import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { nextPage, type Page } from '../../../platform/http/requests/page.js';
import { itemPage, type ListedItem } from '../items/item.schemas.js';
import { Feed } from './feed.js';
import { feedKeys } from './feed.keys.js';
import { type FeedQuery, FIRST_FEED, feedQuery } from './feed.schemas.js';

@ApiTags('Marketplace')
@Controller('marketplace/feed')
export class FeedController {
  constructor(private readonly feed: Feed) {}

  @Get()
  @ApiOperation({ summary: 'Browse the marketplace without a search' })
  @ApiOkResponse({ standardSchema: itemPage, description: 'One page of items' })
  @Cacheable({
    key: feedKeys.page,
    ttl: '5m',
    dependsOn: 'queries',
    // The most expensive list: while the database is slow or away, visitors get the feed of a while ago.
    staleIfError: '1h',
    softTimeout: '2s',
    hardTimeout: '20s',
    scope: 'shared',
    prefetch: nextPage,
    critical: FIRST_FEED,
  })
  async page(@Query({ schema: feedQuery }) query: FeedQuery): Promise<Page<ListedItem>> {
    return this.feed.discover(query);
  }
}
