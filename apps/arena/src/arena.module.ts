import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { LarderModule, type LarderOptions } from 'nest-larder';
import type { ArenaOptions } from './arena-options.js';
import { AdminModule } from './features/admin/admin.module.js';
import { AnnouncementsModule } from './features/announcements/announcements.module.js';
import { AppPagesModule } from './features/app-pages/app-pages.module.js';
import { BatchModule } from './features/batch/batch.module.js';
import { CallCentreModule } from './features/call-centre/call-centre.module.js';
import { IntegrationsModule } from './features/integrations/integrations.module.js';
import { MarketplaceModule } from './features/marketplace/marketplace.module.js';
import { NotificationsModule } from './features/notifications/notifications.module.js';
import { ReleasesModule } from './features/releases/releases.module.js';
import { STAFF_SCOPE, staffScope } from './features/sign-in/access/staff-scope.js';
import { SignInModule } from './features/sign-in/sign-in.module.js';
import { SocketsModule } from './features/sign-in/sockets/sockets.module.js';
import { StartPageModule } from './features/start-page/start-page.module.js';
import { TournamentsModule } from './features/tournaments/tournaments.module.js';
import { SIMULATIONS } from './features/world-map/simulations.js';
import { WorldMapModule } from './features/world-map/world-map.module.js';
import { DeploymentModule } from './platform/config/deployment.module.js';
import { DatabaseModule } from './platform/database/database.module.js';
import type { OpenDatabase } from './platform/database/open-database.js';
import { HealthModule } from './platform/health/health.module.js';
import { ProblemFilter } from './platform/http/problems/problem.filter.js';
import { RequestValidationPipe } from './platform/http/requests/request-validation.pipe.js';
import { Drain } from './platform/lifecycle/drain.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { changeFeedRules } from './table-rules.js';

/** The whole application, on an open database. */
@Module({
  imports: [
    SignInModule,
    SocketsModule,
    TournamentsModule,
    MarketplaceModule,
    NotificationsModule,
    BatchModule,
    CallCentreModule,
    AnnouncementsModule,
    WorldMapModule,
    AppPagesModule,
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
    const { adminToken, hasQueue, changeFeedUrl, origins = [], publishesStats, dashboard } = options;
    const admin = adminToken === undefined ? [] : [AdminModule.behind(adminToken, hasQueue)];
    const larder = LarderModule.forRoot({
      simulations: SIMULATIONS,
      // A guarded route without a scope stops the start: no response of one user reaches another.
      strictScope: true,
      scopes: { [STAFF_SCOPE]: ({ user }) => staffScope(user) },
      realtime: { interval: 250, origins },
      // The origins of invalidations are what the dashboard explains an entry with.
      ...(dashboard && { dashboard, diagnostics: true }),
      ...(publishesStats && { fleetStats: true }),
      // Values with `dependsOn: 'queries'` follow the queries of these connections.
      database: database.connections,
      changeFeed: { url: changeFeedUrl ?? database.address, rules: changeFeedRules },
      ...caching,
    });
    // Nest closes modules in reverse order: the database must outlive the change feed.
    const imports = [
      DeploymentModule.of(options),
      DatabaseModule.of(database),
      larder,
      IntegrationsModule.of(options),
      ReleasesModule.of(options),
      ...MetricsModule.of(options),
      ...admin,
    ];
    return { module: ArenaModule, imports };
  }
}
