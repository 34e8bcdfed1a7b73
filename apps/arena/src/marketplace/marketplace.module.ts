import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { ItemViews } from './item-views.js';
import { Items } from './items.js';
import { MarketplaceController } from './marketplace.controller.js';
import { MarketplaceUpkeep } from './marketplace-upkeep.js';
import { OfferExpiry } from './offer-expiry.js';
import { OffersController } from './offers.controller.js';
import { Offers } from './offers.js';

@Module({
  imports: [SignInModule],
  controllers: [MarketplaceController, OffersController],
  providers: [Items, ItemViews, Offers, OfferExpiry, MarketplaceUpkeep],
})
export class MarketplaceModule {}
