import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { DeploymentsController } from './deployments.controller.js';
import { Deployments } from './deployments.js';
import { Memberships } from './memberships.js';
import { PendingUpdates } from './pending-updates.js';
import { ProductsController } from './products.controller.js';
import { Releases } from './releases.js';

@Module({
  imports: [SignInModule],
  controllers: [ProductsController, DeploymentsController],
  providers: [Releases, Deployments, Memberships, PendingUpdates],
})
export class ReleasesModule {}
