import { io, type Socket } from 'socket.io-client';

/** Clients of one node, which count the broadcasts that they hear. */
export class Sockets {
  readonly #sockets: Socket[] = [];
  /** How many of the clients are not connected, or have been. */
  disconnects = 0;
  heard = 0;
  /** The latest time at which a broadcast was heard, and the longest time between two, by `performance.now()`. */
  #last: number | undefined;
  longestSilence = 0;

  /** Connects clients, 50 at a time. */
  static async connect(url: string, count: number): Promise<Sockets> {
    const clients = new Sockets();
    while (clients.#sockets.length < count) {
      const more = Math.min(50, count - clients.#sockets.length);
      await Promise.all(Array.from({ length: more }, () => clients.#add(url)));
    }
    return clients;
  }

  get count(): number {
    return this.#sockets.length;
  }

  /** Forgets what was counted so far. */
  reset(): void {
    this.disconnects = 0;
    this.heard = 0;
    this.longestSilence = 0;
    this.#last = undefined;
  }

  close(): void {
    for (const socket of this.#sockets) socket.disconnect();
  }

  #add(url: string): Promise<void> {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    this.#sockets.push(socket);
    socket.on('tick', () => this.#tick());
    socket.on('disconnect', () => this.disconnects++);
    return new Promise((resolve) => void socket.once('connect', resolve));
  }

  #tick(): void {
    const now = performance.now();
    this.heard++;
    if (this.#last !== undefined) this.longestSilence = Math.max(this.longestSilence, now - this.#last);
    this.#last = now;
  }
}
