import { type DynamicModule, Module } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';
import { AdminToken } from './admin-token.js';
import { CacheAdminController } from './cache-admin.controller.js';
import { FlagsController } from './flags.controller.js';
import { JobsController } from './jobs.controller.js';
import { Warming } from './warming.js';

/** What those who run arena may look at and do. */
@Module({})
export class AdminModule {
  /**
   * @param token what opens its routes; without one the module is not imported, and none of them exists
   * @param hasQueue whether the jobs have a queue to show
   */
  static behind(token: string, hasQueue: boolean): DynamicModule {
    const admin = new AdminToken(token);
    return {
      module: AdminModule,
      imports: hasQueue ? [queueBoard(admin)] : [],
      controllers: [CacheAdminController, FlagsController, JobsController],
      providers: [Warming, AdminGuard, { provide: AdminToken, useValue: admin }],
    };
  }
}

/** Loaded where there is a queue to show, and nowhere else. */
async function queueBoard(token: AdminToken): Promise<DynamicModule> {
  const { QueueBoard } = await import('./queue-board.js');
  return QueueBoard.behind(token);
}
