import { type DynamicModule, Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { DeploymentsController } from './deployments.controller.js';
import { Deployments } from './deployments.js';
import { Memberships } from './memberships.js';
import { PendingUpdates, pendingUpdatesFor } from './pending-updates.js';
import { ProductsController } from './products.controller.js';
import { Products } from './products.js';
import { Releases } from './releases.js';

const PENDING_UPDATES_TTL = 5 * 60_000;

@Module({})
export class ReleasesModule {
  /** @param options.pendingUpdatesTtl milliseconds, 5 minutes by default */
  static of({ pendingUpdatesTtl = PENDING_UPDATES_TTL }: { pendingUpdatesTtl?: number }): DynamicModule {
    return {
      module: ReleasesModule,
      imports: [SignInModule],
      controllers: [ProductsController, DeploymentsController],
      providers: [
        Products,
        Releases,
        Deployments,
        Memberships,
        { provide: PendingUpdates, useClass: pendingUpdatesFor(pendingUpdatesTtl) },
      ],
    };
  }
}
