import { type DynamicModule, Module } from '@nestjs/common';
import { AccessToken } from '../../platform/http/requests/access-token.js';
import { AdminGuard } from './admin.guard.js';
import { CacheAdminController } from './cache-admin.controller.js';
import { FlagsController } from './flags.controller.js';
import { JobsController } from './jobs.controller.js';
import { Warming } from './warming/warming.js';

/** The admin routes: cache, jobs, flags and the queue page. */
@Module({})
export class AdminModule {
  /**
   * @param token protects the routes; without a token do not import this module
   * @param hasQueue whether jobs use a queue in Redis
   */
  static behind(token: string, hasQueue: boolean): DynamicModule {
    const admin = new AccessToken(token);
    return {
      module: AdminModule,
      imports: hasQueue ? [queueBoard(admin)] : [],
      controllers: [CacheAdminController, FlagsController, JobsController],
      providers: [Warming, AdminGuard, { provide: AccessToken, useValue: admin }],
    };
  }
}

/** Imported only where a queue exists. */
async function queueBoard(token: AccessToken): Promise<DynamicModule> {
  const { QueueBoard } = await import('./queue-board.js');
  return QueueBoard.behind(token);
}
