import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A network between clients and a local server, which a test can slow down, cut or leave half-open. */
export class TcpProxy {
  private readonly links = new Set<AbortController>();
  private server?: Server;
  private lag = 0;
  private passage = Promise.resolve();
  private openPassage?: () => void;

  private constructor(
    readonly port: number,
    private target: number,
  ) {}

  static async to(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(await freePort(), target);
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** From now on, delays all data by so many milliseconds, in order and in both directions. */
  delay(milliseconds: number): void {
    this.lag = milliseconds;
  }

  /** From now on new connections lead to another server, as after a DNS change; existing ones stay. */
  leadTo(target: number): void {
    this.target = target;
  }

  /** Destroys all connections and refuses new ones. */
  cut(): void {
    this.server?.close();
    this.server = undefined;
    for (const link of this.links) link.abort();
  }

  /** Keeps connections and accepts new ones, but holds back all data, and also that a side has closed. */
  halfOpen(): void {
    if (this.openPassage) return;
    this.passage = new Promise((resolve) => (this.openPassage = resolve));
  }

  /** Restores the initial state: accepts connections, and forwards at once, including the held-back data. */
  async heal(): Promise<void> {
    this.lag = 0;
    this.release();
    if (!this.server) await this.listen();
  }

  async close(): Promise<void> {
    const { server } = this;
    const closed = server && once(server, 'close');
    this.cut();
    this.release();
    await closed;
  }

  private release(): void {
    this.openPassage?.();
    this.openPassage = undefined;
  }

  private async listen(): Promise<void> {
    const server = createServer({ noDelay: true }, (client) => this.link(client));
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
  }

  private link(client: Socket): void {
    const link = new AbortController();
    const upstream = createConnection({ host: '127.0.0.1', port: this.target, noDelay: true });
    this.links.add(link);
    for (const socket of [client, upstream]) {
      link.signal.addEventListener('abort', () => socket.destroy());
      socket.on('close', () => client.destroyed && upstream.destroyed && this.links.delete(link));
    }
    this.pass(client, upstream, link.signal);
    this.pass(upstream, client, link.signal);
  }

  private pass(from: Socket, to: Socket, signal: AbortSignal): void {
    let order = Promise.resolve();
    const later = (act: () => void) => {
      const due = performance.now() + this.lag;
      order = order
        .then(() => this.due(due, signal))
        .then(act)
        // Only a cut ends the wait, and a cut leaves no connection to forward to.
        .catch(() => {});
    };
    from.on('data', (chunk) => later(() => to.write(chunk)));
    from.on('close', () => later(() => to.destroySoon()));
    // An error is followed by a close.
    from.on('error', () => {});
  }

  private async due(moment: number, signal: AbortSignal): Promise<void> {
    const remaining = moment - performance.now();
    if (remaining > 0) await sleep(remaining, undefined, { signal });
    await this.passage;
    signal.throwIfAborted();
  }
}
