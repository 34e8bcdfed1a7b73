import type { IncomingMessage } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ClientAddresses } from '../http/requests/client-addresses.js';

/** A connection of Socket.IO's engine. */
export interface Connection {
  readonly request: IncomingMessage;
  once(event: 'close', listener: () => void): unknown;
  close(discard?: boolean): unknown;
}

/** Maximum number of open connections per address: enough for a large office behind one router. */
const MAX_OPEN = 500;
/** Maximum number of connections that an address may open per minute. */
const MAX_OPENED = 1000;

/** Closes connections of an address that opens too many; counts per process. */
export class ConnectionsPerAddress {
  private readonly open = new Map<string, number>();
  private readonly opened = new RateLimiterMemory({ points: MAX_OPENED, duration: 60 });

  constructor(private readonly addresses: ClientAddresses) {}

  async admit(connection: Connection): Promise<void> {
    const address = this.addresses.of(connection.request);
    const open = (this.open.get(address) ?? 0) + 1;
    this.open.set(address, open);
    connection.once('close', () => this.forget(address));
    if (open > MAX_OPEN || !(await this.mayOpen(address))) connection.close(true);
  }

  private forget(address: string): void {
    const open = (this.open.get(address) ?? 1) - 1;
    if (open === 0) this.open.delete(address);
    else this.open.set(address, open);
  }

  private mayOpen(address: string): Promise<boolean> {
    return this.opened.consume(address).then(
      () => true,
      () => false,
    );
  }
}
