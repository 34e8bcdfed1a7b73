import { Module } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { FeedController } from './feed/feed.controller.js';
import { Feed } from './feed/feed.js';
import { ItemViews } from './items/item-views.js';
import { Items } from './items/items.js';
import { SellsItem } from './items/seller.guard.js';
import { MarketplaceController } from './marketplace.controller.js';
import { MarketplaceUpkeep } from './marketplace-upkeep.js';
import { MyMarketController } from './mine/my-market.controller.js';
import { MyMarket } from './mine/my-market.js';
import { OfferExpiry } from './offers/offer-expiry.js';
import { OffersController } from './offers/offers.controller.js';
import { Offers } from './offers/offers.js';
import { Sales } from './offers/sales.js';

@Module({
  imports: [SignInModule, NotificationsModule],
  controllers: [MarketplaceController, MyMarketController, OffersController, FeedController],
  providers: [Items, SellsItem, ItemViews, Offers, Sales, OfferExpiry, MyMarket, Feed, MarketplaceUpkeep],
  exports: [Items],
})
export class MarketplaceModule {}
