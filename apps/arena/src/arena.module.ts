import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { LarderModule, type LarderOptions } from 'nest-larder';
import { AdminModule } from './admin/admin.module.js';
import { AnnouncementsModule } from './announcements/announcements.module.js';
import { BatchModule } from './batch/batch.module.js';
import { CallCentreModule } from './call-centre/call-centre.module.js';
import { changeFeedRules } from './change-feed/rules.js';
import { DatabaseModule } from './database/database.module.js';
import type { OpenDatabase } from './database/open-database.js';
import { HealthModule } from './health/health.module.js';
import { IntegrationsModule } from './integrations/integrations.module.js';
import { LivePageModule } from './live-page/live-page.module.js';
import { MarketplaceModule } from './marketplace/marketplace.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import type { ArenaOptions } from './options/arena-options.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ReleasesModule } from './releases/releases.module.js';
import { RequestValidationPipe } from './requests/request-validation.pipe.js';
import { SignInModule } from './sign-in/sign-in.module.js';
import { SocketsModule } from './sockets/sockets.module.js';
import { Drain } from './start/drain.js';
import { StartPageModule } from './start-page/start-page.module.js';
import { TournamentsModule } from './tournaments/tournaments.module.js';
import { SIMULATIONS } from './world-map/simulations.js';
import { WorldMapModule } from './world-map/world-map.module.js';

/** The whole application, on a database that is open. */
@Module({
  imports: [
    SignInModule,
    SocketsModule,
    TournamentsModule,
    MarketplaceModule,
    NotificationsModule,
    BatchModule,
    ReleasesModule,
    CallCentreModule,
    AnnouncementsModule,
    WorldMapModule,
    LivePageModule,
    HealthModule,
    StartPageModule,
  ],
  providers: [
    Drain,
    { provide: APP_PIPE, useClass: RequestValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class ArenaModule {
  static on(database: OpenDatabase, options: ArenaOptions, caching: LarderOptions): DynamicModule {
    const { adminToken, hasQueue, refreshEvery, changeFeed, changeFeedUrl } = options;
    const admin = adminToken === undefined ? [] : [AdminModule.behind(adminToken, hasQueue)];
    const larder = LarderModule.forRoot({
      simulations: SIMULATIONS,
      realtime: { interval: 250 },
      ...(refreshEvery !== undefined && { refreshEvery }),
      ...(changeFeed && { changeFeed: { url: changeFeedUrl ?? database.address, rules: changeFeedRules } }),
      ...caching,
    });
    // In this order: what comes first is closed last, and the change feed reads until it is closed.
    const imports = [DatabaseModule.of(database), larder, IntegrationsModule.of(options), ...admin];
    return { module: ArenaModule, imports };
  }
}
