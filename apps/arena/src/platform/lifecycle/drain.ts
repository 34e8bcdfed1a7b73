import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** How long requests in flight may take after arena was asked to stop, in milliseconds. */
const DRAIN_TIMEOUT = 20_000;

/**
 * When arena stops, waits only for requests in flight. `server.close` would also wait for idle connections: keep-alive ones, and
 * those that browsers open in advance.
 */
@Injectable()
export class Drain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** How many requests are in flight on each connection. */
  private readonly inFlight = new Map<Socket, number>();
  private stopping = false;

  constructor(private readonly host: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('connection', (socket: Socket) => {
      this.inFlight.set(socket, 0);
      socket.once('close', () => this.inFlight.delete(socket));
      this.count(socket, 0);
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.count(socket, 1);
      response.once('close', () => this.count(socket, -1));
    });
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const socket of this.inFlight.keys()) this.count(socket, 0);
    setTimeout(() => this.host.httpAdapter.getHttpServer().closeAllConnections(), DRAIN_TIMEOUT).unref();
  }

  private count(socket: Socket, change: number): void {
    const requests = (this.inFlight.get(socket) ?? 0) + change;
    if (this.inFlight.has(socket)) this.inFlight.set(socket, requests);
    if (this.stopping && requests === 0) socket.destroySoon();
  }
}
