import { Module } from '@nestjs/common';
import { MarketplaceModule } from '../marketplace/marketplace.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { BatchController } from './batch.controller.js';

@Module({ imports: [SignInModule, MarketplaceModule], controllers: [BatchController] })
export class BatchModule {}
