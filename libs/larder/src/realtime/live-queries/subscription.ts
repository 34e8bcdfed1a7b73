import { HttpException, Logger } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { SOCKET } from '../../base/signals/work-signals.js';
import type { LiveQuery } from './live-query.js';
import type { Refusal } from './messages.js';
import type { RoomMember, Rooms } from './rooms.js';
import type { SocketRequest } from './socket-request.js';

const NOT_ALLOWED = [401, 403];

/** One socket that follows one query. */
export class Subscription implements RoomMember {
  #leave: (() => void) | undefined;
  #isOver = false;

  /** @param onEnd called once, when the subscription has ended for any reason */
  constructor(
    readonly id: string,
    readonly mode: 'invalidated' | 'value',
    private readonly socket: Socket,
    private readonly query: LiveQuery,
    private readonly asking: () => SocketRequest,
    private readonly onEnd: (ended: Subscription) => void,
  ) {}

  get queryName(): string {
    return this.query.name;
  }

  /** Joins the room of the query before it reads the value (mode `value`): it misses no invalidation in between. */
  async begin(rooms: Rooms): Promise<unknown> {
    const { name, slots, isHeld } = await this.query.dependencies(this.asking());
    // The client may have unsubscribed while the guards ran.
    if (this.#isOver) return undefined;
    this.#leave = rooms.join(name, slots, this, isHeld);
    this.#announce('subscribed');
    return this.mode === 'value' ? this.query.read(this.asking()) : undefined;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#leave !== undefined) this.#announce('unsubscribed');
    this.#leave?.();
    this.onEnd(this);
  }

  /** Runs the guards of the route again: rights and tokens may have expired. */
  async tell(): Promise<void> {
    try {
      if (this.mode === 'value') {
        const value = await this.query.read(this.asking());
        if (!this.#isOver) this.#emit('value', { id: this.id, value: value ?? null });
        return;
      }
      await this.query.dependencies(this.asking());
      if (!this.#isOver) this.#emit('invalidated', { id: this.id });
    } catch (error) {
      if (this.#isOver) return;
      const refusal = refusalOf(error);
      if (refusal.code === 'not-allowed') this.end();
      this.socket.emit('refused', { id: this.id, ...refusal });
      if (SOCKET.isHeard) SOCKET.send({ type: 'refused', query: this.query.name, code: refusal.code });
    }
  }

  #emit(event: 'value' | 'invalidated', message: object): void {
    const { traceparent } = this.query;
    this.socket.emit(event, traceparent === undefined ? message : { ...message, traceparent });
    this.#announce('told');
  }

  #announce(type: 'subscribed' | 'unsubscribed' | 'told'): void {
    if (SOCKET.isHeard) SOCKET.send({ type, query: this.query.name });
  }
}

/** What a client learns of an error: the message that the route would send, and no more. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof HttpException) {
    const code = NOT_ALLOWED.includes(error.getStatus()) ? 'not-allowed' : 'failed';
    return { code, message: error.message };
  }
  new Logger('LiveQueries').error(error);
  return { code: 'failed', message: 'Something went wrong. It has been logged.' };
}
