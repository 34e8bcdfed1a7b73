import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** How long requests in flight may take to finish once arena is to stop. */
const PATIENCE = 20_000;

/**
 * Lets requests in flight finish when arena stops, and nothing else: a connection that is kept alive for a next request is
 * closed as soon as it has none.
 */
@Injectable()
export class Drain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stopping = false;

  constructor(private readonly host: HttpAdapterHost) {}

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer();
  }

  onApplicationBootstrap(): void {
    this.server.on('request', (_, response) => {
      // The connection becomes idle after its response is closed, not before.
      response.once('close', () => this.stopping && setImmediate(() => this.server.closeIdleConnections()));
    });
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    setTimeout(() => this.server.closeAllConnections(), PATIENCE).unref();
  }
}
