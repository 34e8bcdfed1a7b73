import { io, type Socket } from 'socket.io-client';
import { until } from '../until.js';

export interface Told {
  readonly event: string;
  readonly id?: string;
  readonly value?: unknown;
  readonly code?: string;
}

/** A socket that follows live queries, and stores all messages it received. */
export class LiveSocket {
  readonly told: Told[] = [];

  private constructor(readonly socket: Socket) {
    socket.onAny((event: string, body: object) => this.told.push({ event, ...body }));
  }

  static async connect(url: string, token?: string): Promise<LiveSocket> {
    const socket = io(`${url}/live`, { transports: ['websocket'], forceNew: true, auth: token ? { token } : {} });
    const live = new LiveSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    return live;
  }

  subscribe(message: object): Promise<{ ok: boolean; value?: unknown; code?: string }> {
    return this.socket.timeout(30_000).emitWithAck('subscribe', message);
  }

  of(event: string): Told[] {
    return this.told.filter((one) => one.event === event);
  }

  async untilTold(event: string, times = 1): Promise<Told> {
    await until(() => this.of(event).length >= times);
    return this.of(event)[times - 1] as Told;
  }

  close(): void {
    this.socket.disconnect();
  }
}
