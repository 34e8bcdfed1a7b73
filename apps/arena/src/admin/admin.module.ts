import { type DynamicModule, Module } from '@nestjs/common';
import { ADMIN_TOKEN, AdminGuard } from './admin.guard.js';
import { CacheAdminController } from './cache-admin.controller.js';
import { Warming } from './warming.js';

/** What those who run arena may look at and do. */
@Module({})
export class AdminModule {
  /** @param token what opens its routes; without one the module is not imported, and none of them exists */
  static behind(token: string): DynamicModule {
    return {
      module: AdminModule,
      controllers: [CacheAdminController],
      providers: [Warming, AdminGuard, { provide: ADMIN_TOKEN, useValue: token }],
    };
  }
}
