import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { FeedController } from './feed.controller.js';
import { Feed } from './feed.js';
import { ItemViews } from './item-views.js';
import { Items } from './items.js';
import { MarketplaceController } from './marketplace.controller.js';
import { MarketplaceUpkeep } from './marketplace-upkeep.js';
import { OfferExpiry } from './offer-expiry.js';
import { OffersController } from './offers.controller.js';
import { Offers } from './offers.js';

@Module({
  imports: [SignInModule],
  controllers: [MarketplaceController, OffersController, FeedController],
  providers: [Items, ItemViews, Offers, OfferExpiry, Feed, MarketplaceUpkeep],
  exports: [Items],
})
export class MarketplaceModule {}
