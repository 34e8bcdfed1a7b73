import type { AddressInfo } from 'node:net';
import type { HttpAdapterHost } from '@nestjs/core';

/** The public origin of arena. Never taken from a request: providers send authorisation codes there. */
export class PublicUrl {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly given: string | undefined,
  ) {}

  /** Without a trailing slash. */
  get(): string {
    if (this.given !== undefined) return this.given;
    const { port } = this.host.httpAdapter.getHttpServer().address() as AddressInfo;
    return `http://localhost:${port}`;
  }
}
