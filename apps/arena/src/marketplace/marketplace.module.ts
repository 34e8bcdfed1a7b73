import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { FeedController } from './feed.controller.js';
import { Feed } from './feed.js';
import { Items } from './items.js';
import { MarketplaceController } from './marketplace.controller.js';
import { Offers } from './offers.js';

@Module({
  imports: [SignInModule],
  controllers: [MarketplaceController, FeedController],
  providers: [Items, Offers, Feed],
  exports: [Items],
})
export class MarketplaceModule {}
