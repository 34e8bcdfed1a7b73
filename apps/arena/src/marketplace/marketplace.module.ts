import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { Items } from './items.js';
import { MarketplaceController } from './marketplace.controller.js';
import { Offers } from './offers.js';

@Module({ imports: [SignInModule], controllers: [MarketplaceController], providers: [Items, Offers] })
export class MarketplaceModule {}
