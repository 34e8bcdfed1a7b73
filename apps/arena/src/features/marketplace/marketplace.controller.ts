import { Body, Controller, Get, HttpStatus, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable, CacheWriteThrough } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { isRefusal } from '../../platform/http/problems/refused.js';
import { id } from '../../platform/http/requests/id.js';
import { nextPage, type Page } from '../../platform/http/requests/page.js';
import { CurrentUser, ForSignedIn } from '../sign-in/access/access.js';
import { shownNames } from '../sign-in/users/shown-names.js';
import type { User } from '../sign-in/users/user.js';
import { ITEM_PAGE, itemKeys, searchTags, sellersIn } from './items/item.keys.js';
import {
  FIRST_ITEMS,
  type Item,
  type ItemChanges,
  type ItemQuery,
  item,
  itemChanges,
  itemPage,
  itemQuery,
  type ListedItem,
  type NewItem,
  type NewOffer,
  newItem,
  newOffer,
  type Offer,
  offer,
  type ViewedItem,
  viewedItem,
} from './items/item.schemas.js';
import { ItemViews } from './items/item-views.js';
import { Items } from './items/items.js';
import { SellsItem } from './items/seller.guard.js';
import { OfferExpiry } from './offers/offer-expiry.js';

@ApiTags('Marketplace')
@Controller('marketplace/items')
export class MarketplaceController {
  constructor(
    private readonly items: Items,
    private readonly expiry: OfferExpiry,
    private readonly views: ItemViews,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Search the available items' })
  @ApiOkResponse({ standardSchema: itemPage, description: 'One page of items' })
  @Cacheable({
    key: itemKeys.list,
    tags: searchTags,
    valueTags: sellersIn,
    ttl: '5m',
    scope: 'shared',
    prefetch: nextPage,
    critical: FIRST_ITEMS,
    // Clients choose the search text freely: limit how many searches are shared through Redis.
    maxShared: 1000,
  })
  async list(@Query({ schema: itemQuery }) query: ItemQuery): Promise<Page<ListedItem>> {
    return this.items.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an item and the number of its open offers' })
  @ApiOkResponse({ standardSchema: viewedItem, description: 'The thing' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such item')
  async one(@Param('id', { schema: id }) itemId: string): Promise<ViewedItem> {
    const found = await this.items.one(itemId);
    return { ...found, views: await this.views.look(itemId) };
  }

  @Get(':id/state')
  @ApiOperation({ summary: 'Read an item without its views, which change at each request: for live queries' })
  @ApiOkResponse({ standardSchema: item, description: 'The item' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such item')
  // It inherits what the cached item depends on: tags, or the queries of its load.
  @Cacheable({ key: itemKeys.state, dependsOn: 'queries', ...ITEM_PAGE, scope: 'shared' })
  async state(@Param('id', { schema: id }) itemId: string): Promise<Item> {
    return this.items.one(itemId);
  }

  @Post()
  @ForSignedIn()
  @ApiOperation({ summary: 'Offer an item for sale' })
  @ApiCreatedResponse({ standardSchema: item, description: 'The thing' })
  async create(@Body({ schema: newItem }) description: NewItem, @CurrentUser() user: User): Promise<Item> {
    const created = await this.items.create(user.id, description);
    return created.item;
  }

  @Patch(':id')
  // Above the guard that identifies the user: Nest runs guards from the bottom up.
  @UseGuards(SellsItem)
  @ForSignedIn()
  @ApiOperation({ summary: 'Change an item that you sell' })
  @ApiOkResponse({ standardSchema: item, description: 'The changed item' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user sells this item')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such item')
  @CacheWriteThrough({
    key: itemKeys.one,
    tags: (_id: string, _changes: ItemChanges, { id: seller }: User) => shownNames([seller]),
    ...ITEM_PAGE,
    scope: 'shared',
    unchangedOn: isRefusal,
  })
  async update(
    @Param('id', { schema: id.meta({ example: '2' }) }) itemId: string,
    @Body({ schema: itemChanges }) changes: ItemChanges,
    @CurrentUser() user: User,
  ): Promise<Item> {
    const { after } = await this.items.update(itemId, user.id, changes);
    return after.item;
  }

  @Post(':id/offers')
  @ForSignedIn()
  @ApiOperation({ summary: 'Make an offer; it replaces your earlier offer' })
  @ApiCreatedResponse({ standardSchema: offer, description: 'The offer' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such item')
  @AnswersProblem(HttpStatus.CONFLICT, 'The item is yours or not available')
  @AnswersProblem(HttpStatus.UNPROCESSABLE_ENTITY, 'Less than half the price or more than the price')
  async makeOffer(
    @Param('id', { schema: id }) itemId: string,
    @Body({ schema: newOffer }) { amountCents }: NewOffer,
    @CurrentUser() user: User,
  ): Promise<Offer> {
    return this.expiry.make(itemId, user.id, amountCents);
  }
}
