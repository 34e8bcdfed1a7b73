import type { AddressInfo } from 'node:net';
import type { HttpAdapterHost } from '@nestjs/core';

/** Where browsers find this arena. Never taken from what a request says: providers send codes there. */
export class PublicUrl {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly given: string | undefined,
  ) {}

  /** Without a slash at its end. */
  get(): string {
    if (this.given !== undefined) return this.given;
    const { port } = this.host.httpAdapter.getHttpServer().address() as AddressInfo;
    return `http://localhost:${port}`;
  }
}
