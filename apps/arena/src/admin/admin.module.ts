import { type DynamicModule, Module } from '@nestjs/common';
import { AdminToken } from './admin-token.js';
import { JobsController } from './jobs.controller.js';

/** What those who run arena can look at and steer. */
@Module({})
export class AdminModule {
  /** Nothing at all without `LARDER_ADMIN_TOKEN`. */
  static forEnvironment(env: Readonly<Record<string, string | undefined>>): DynamicModule {
    if (!env.LARDER_ADMIN_TOKEN) return { module: AdminModule };
    const token = new AdminToken(env.LARDER_ADMIN_TOKEN);
    return {
      module: AdminModule,
      imports: env.LARDER_REDIS_URL ? [queueBoard(token)] : [],
      controllers: [JobsController],
      providers: [{ provide: AdminToken, useValue: token }],
    };
  }
}

/** Loaded where there is a queue to show, and nowhere else. */
async function queueBoard(token: AdminToken): Promise<DynamicModule> {
  const { QueueBoard } = await import('./queue-board.js');
  return QueueBoard.behind(token);
}
