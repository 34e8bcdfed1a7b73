import type { IncomingMessage, ServerResponse } from 'node:http';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type BullBoardInstance, BullBoardModule, InjectBullBoard } from '@bull-board/nestjs';
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { Jobs } from 'nest-larder';
import type { AccessToken } from '../../platform/http/requests/access-token.js';

/** The page at `/admin/queues` that shows the job queue in Redis. Browsers ask for the token as a password. */
@Module({})
export class QueueBoard implements OnApplicationBootstrap {
  static behind(token: AccessToken): DynamicModule {
    const guard = ({ headers }: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (token.isIn(headers.authorization)) return next();
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="arena admin"' }).end();
    };
    const board = BullBoardModule.forRoot({ route: '/admin/queues', adapter: ExpressAdapter, middleware: guard });
    return { module: QueueBoard, imports: [board] };
  }

  constructor(
    @InjectBullBoard() private readonly board: BullBoardInstance,
    @Inject(Jobs) private readonly jobs: Jobs,
  ) {}

  onApplicationBootstrap(): void {
    if (this.jobs.queue !== undefined) this.board.addQueue(new BullMQAdapter(this.jobs.queue as Queue));
  }
}
