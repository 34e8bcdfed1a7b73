import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import ms, { type StringValue } from 'ms';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { id } from '../../../platform/http/requests/id.js';
import { CurrentUser, ForSignedIn } from '../../sign-in/access/access.js';
import type { User } from '../../sign-in/users/user.js';
import {
  type ExpiringQuery,
  expiringQuery,
  type Offer,
  type OfferExtension,
  type OfferList,
  offer,
  offerExtension,
  offerList,
} from '../items/item.schemas.js';
import { OfferExpiry } from './offer-expiry.js';
import { Offers } from './offers.js';

@ApiTags('Marketplace')
@Controller('marketplace/offers')
@ForSignedIn()
export class OffersController {
  constructor(
    private readonly expiry: OfferExpiry,
    private readonly offers: Offers,
  ) {}

  @Get('expiring')
  @ApiOperation({ summary: 'List the offers you made or received that expire soon' })
  @ApiOkResponse({ standardSchema: offerList, description: 'The earliest first' })
  async expiring(
    @Query({ schema: expiringQuery }) { within }: ExpiringQuery,
    @CurrentUser() user: User,
  ): Promise<OfferList> {
    return { offers: await this.offers.ofUser(user.id, new Date(Date.now() + ms(within as StringValue))) };
  }

  @Patch(':id/extend')
  @ApiOperation({ summary: 'Extend an offer of yours' })
  @ApiOkResponse({ standardSchema: offer, description: 'The extended offer' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user made this offer')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such offer')
  @AnswersProblem(HttpStatus.CONFLICT, 'The offer is not open any more')
  async extend(
    @Param('id', { schema: id }) offerId: string,
    @Body({ schema: offerExtension }) { hours }: OfferExtension,
    @CurrentUser() user: User,
  ): Promise<Offer> {
    return this.expiry.extend(offerId, user.id, hours);
  }

  @Post(':id/accept')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Accept an offer on an item of yours: sells the item, and declines all other offers' })
  @ApiOkResponse({ standardSchema: offer, description: 'The accepted offer' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user sells this item')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such offer')
  @AnswersProblem(HttpStatus.CONFLICT, 'The offer is not open any more')
  async accept(
    @Param('id', { schema: id.meta({ example: '1873' }) }) offerId: string,
    @CurrentUser() user: User,
  ): Promise<Offer> {
    return this.expiry.accept(offerId, user.id);
  }

  @Post(':id/decline')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Decline an offer on an item of yours' })
  @ApiOkResponse({ standardSchema: offer, description: 'The declined offer' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user sells this item')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such offer')
  @AnswersProblem(HttpStatus.CONFLICT, 'The offer is not open any more')
  async decline(
    @Param('id', { schema: id.meta({ example: '3333' }) }) offerId: string,
    @CurrentUser() user: User,
  ): Promise<Offer> {
    return this.expiry.decline(offerId, user.id);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Cancel an offer of yours' })
  @ApiNoContentResponse({ description: 'Taken back' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'Another user made this offer')
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such offer')
  @AnswersProblem(HttpStatus.CONFLICT, 'The offer is not open any more')
  async cancel(
    @Param('id', { schema: id.meta({ example: '2' }) }) offerId: string,
    @CurrentUser() user: User,
  ): Promise<void> {
    await this.expiry.cancel(offerId, user.id);
  }
}
