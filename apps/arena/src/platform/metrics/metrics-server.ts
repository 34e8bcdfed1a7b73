import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { StartProblem } from '../lifecycle/start-problem.js';
import { Meter } from './meter.js';

/** Serves the metrics, and nothing else, on a port of their own. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') this.meter.answer(request, response);
    else response.writeHead(404).end();
  });

  constructor(
    private readonly meter: Meter,
    private readonly port: number,
  ) {}

  /** @throws StartProblem if it may not listen on that port */
  async onApplicationBootstrap(): Promise<void> {
    const listening = once(this.server, 'listening');
    this.server.listen(this.port);
    await listening.catch((cause: NodeJS.ErrnoException) => {
      const problem = `invalid ARENA_METRICS_PORT: got ${this.port} (${cause.code}), expected a free port`;
      throw new StartProblem([problem], { cause });
    });
    // A fault of a single connection ends that connection.
    this.server.on('error', () => {});
  }

  /** The port that it listens on. */
  get address(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
