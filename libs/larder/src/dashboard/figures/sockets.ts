import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SOCKET, type SocketMessage } from '../../base/signals/work-signals.js';
import type { RoomSizes, SocketRooms } from '../../nest/socket-rooms.js';

const MAX_NAMES = 100;
const MAX_ROOMS = 20;

/** The sockets of a process, and the live queries that they follow. */
export interface SocketFigures {
  /** Open sockets by namespace. */
  readonly open: Readonly<Record<string, number>>;
  /** By live query: subscriptions now, and how many messages clients got since the start. */
  readonly queries: Readonly<Record<string, { readonly followed: number; readonly told: number }>>;
  readonly refused: number;
  readonly rooms?: RoomSizes;
}

/** Counts the sockets of this process since the dashboard was opened, which is before the first connects. */
export class SocketCounts {
  readonly #open = new Map<string, number>();
  readonly #queries = new Map<string, { followed: number; told: number }>();
  readonly #rooms: SocketRooms;
  #refused = 0;
  readonly #hear = (message: unknown) => this.#count(message as SocketMessage);

  constructor(rooms: SocketRooms) {
    this.#rooms = rooms;
    subscribe(SOCKET.name, this.#hear);
  }

  figures(): SocketFigures {
    return {
      open: Object.fromEntries(this.#open),
      queries: Object.fromEntries([...this.#queries].map(([name, counts]) => [name, { ...counts }])),
      refused: this.#refused,
      rooms: this.#rooms.sizes(MAX_ROOMS),
    };
  }

  close(): void {
    unsubscribe(SOCKET.name, this.#hear);
  }

  #count(message: SocketMessage): void {
    switch (message.type) {
      case 'connected':
      case 'disconnected': {
        const step = message.type === 'connected' ? 1 : -1;
        const before = this.#open.get(message.namespace) ?? 0;
        if (before > 0 || this.#open.size < MAX_NAMES) this.#open.set(message.namespace, Math.max(0, before + step));
        return;
      }
      case 'refused':
        this.#refused++;
        return;
      default: {
        const counts = this.#queries.get(message.query) ?? { followed: 0, told: 0 };
        if (message.type === 'told') counts.told++;
        else counts.followed = Math.max(0, counts.followed + (message.type === 'subscribed' ? 1 : -1));
        if (this.#queries.has(message.query) || this.#queries.size < MAX_NAMES)
          this.#queries.set(message.query, counts);
      }
    }
  }
}
