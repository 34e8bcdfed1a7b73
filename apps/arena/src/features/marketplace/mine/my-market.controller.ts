import { Controller, Get, HttpStatus, Param, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { id } from '../../../platform/http/requests/id.js';
import type { Page } from '../../../platform/http/requests/page.js';
import { CurrentUser, ForSignedIn } from '../../sign-in/access/access.js';
import type { User } from '../../sign-in/users/user.js';
import { itemKeys } from '../items/item.keys.js';
import { SellsItem } from '../items/seller.guard.js';
import { marketKeys } from './market.keys.js';
import {
  type MyItem,
  type MyItemsQuery,
  type MyOffer,
  type MyOffersQuery,
  myItemPage,
  myItemsQuery,
  myOfferPage,
  myOffersQuery,
  type ReceivedOffers,
  receivedOffers,
} from './mine.schemas.js';
import { MyMarket } from './my-market.js';

/** Users see their own changes at once: a browser may store responses, but revalidates each time. */
const askEachTime = { maxAge: 0 };

@ApiTags('Marketplace')
@Controller('marketplace')
export class MyMarketController {
  constructor(private readonly market: MyMarket) {}

  @Get('my/items')
  @ForSignedIn()
  @ApiOperation({ summary: 'List the items that you sell, the newest first' })
  @ApiOkResponse({ standardSchema: myItemPage, description: 'One page of your items' })
  @Cacheable({
    key: ({ id }: User, query: MyItemsQuery) => marketKeys.items(id, query),
    ttl: '5m',
    dependsOn: 'queries',
    scope: 'user',
    http: askEachTime,
  })
  async items(@CurrentUser() user: User, @Query({ schema: myItemsQuery }) query: MyItemsQuery): Promise<Page<MyItem>> {
    return this.market.items(user.id, query);
  }

  @Get('my/offers')
  @ForSignedIn()
  @ApiOperation({ summary: 'List the offers that you made, the newest first' })
  @ApiOkResponse({ standardSchema: myOfferPage, description: 'One page of your offers' })
  @Cacheable({
    key: ({ id }: User, query: MyOffersQuery) => marketKeys.offers(id, query),
    ttl: '5m',
    dependsOn: 'queries',
    scope: 'user',
    http: askEachTime,
  })
  async offers(
    @CurrentUser() user: User,
    @Query({ schema: myOffersQuery }) query: MyOffersQuery,
  ): Promise<Page<MyOffer>> {
    return this.market.offers(user.id, query);
  }

  @Get('items/:id/offers')
  // Above the guard that identifies the user: Nest runs guards from the bottom up.
  @UseGuards(SellsItem)
  @ForSignedIn()
  @ApiOperation({ summary: 'List the open offers on an item that you sell, the highest first' })
  @ApiOkResponse({ standardSchema: receivedOffers, description: 'The open offers' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user sells this item')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such item')
  @Cacheable({ key: itemKeys.received, ttl: '1m', dependsOn: 'queries', scope: 'user', http: askEachTime })
  async received(@Param('id', { schema: id.meta({ example: '2' }) }) itemId: string): Promise<ReceivedOffers> {
    return this.market.received(itemId);
  }
}
