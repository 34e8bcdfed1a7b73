import { HttpException, Logger } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { LiveQuery } from './live-query.js';
import type { Refusal } from './messages.js';
import type { RoomMember, Rooms } from './rooms.js';
import type { SocketRequest } from './socket-request.js';

const NOT_ALLOWED = [401, 403];

/** One socket that follows one query. */
export class Subscription implements RoomMember {
  #leave: (() => void) | undefined;
  #isOver = false;

  /** @param onEnd called once, when it has ended for whichever reason */
  constructor(
    readonly id: string,
    readonly mode: 'invalidated' | 'value',
    private readonly socket: Socket,
    private readonly query: LiveQuery,
    private readonly asking: () => SocketRequest,
    private readonly onEnd: (ended: Subscription) => void,
  ) {}

  /** Joins the room of the query, then answers the value if that is asked for: nothing in between is missed. */
  async begin(rooms: Rooms): Promise<unknown> {
    const { name, slots, isHeld } = await this.query.dependencies(this.asking());
    // It may have ended while its guards ran.
    if (this.#isOver) return undefined;
    this.#leave = rooms.join(name, slots, this, isHeld);
    return this.mode === 'value' ? this.query.read(this.asking()) : undefined;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave?.();
    this.onEnd(this);
  }

  /** Asks again whether the socket's user may read it: rights and tokens end. */
  async tell(): Promise<void> {
    try {
      if (this.mode === 'value') {
        const value = await this.query.read(this.asking());
        if (!this.#isOver) this.socket.emit('value', { id: this.id, value: value ?? null });
        return;
      }
      await this.query.dependencies(this.asking());
      if (!this.#isOver) this.socket.emit('invalidated', { id: this.id });
    } catch (error) {
      if (this.#isOver) return;
      const refusal = refusalOf(error);
      if (refusal.code === 'not-allowed') this.end();
      this.socket.emit('refused', { id: this.id, ...refusal });
    }
  }
}

/** What a client is told of an error: what the route would have told it, and no more. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof HttpException) {
    const code = NOT_ALLOWED.includes(error.getStatus()) ? 'not-allowed' : 'failed';
    return { code, message: error.message };
  }
  new Logger('LiveQueries').error(error);
  return { code: 'failed', message: 'Something went wrong. It has been logged.' };
}
