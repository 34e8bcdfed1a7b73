import { HttpException, Logger } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { SOCKET } from '../../base/signals/work-signals.js';
import type { LiveQuery } from './live-query.js';
import type { FirstValue, Mode, Refusal } from './messages.js';
import { SentValue } from './patches/sent-value.js';
import type { RoomMember } from './room.js';
import type { Membership, Rooms } from './rooms.js';
import type { SocketRequest } from './socket-request.js';

const NOT_ALLOWED = [401, 403];

/** One socket that follows one query. */
export class Subscription implements RoomMember {
  readonly #sent = new SentValue();
  #membership: Membership | undefined;
  #hasBegun = false;
  #isDue = false;
  #hasFailed = false;
  #isOver = false;

  /** @param onEnd called once, when the subscription has ended for any reason */
  constructor(
    readonly id: string,
    readonly mode: Mode,
    private readonly socket: Socket,
    private readonly query: LiveQuery,
    private readonly asking: () => SocketRequest,
    private readonly onEnd: (ended: Subscription) => void,
  ) {}

  get queryName(): string {
    return this.query.name;
  }

  /** Joins the room of the query before it reads the value: it misses no invalidation in between. */
  async begin(rooms: Rooms): Promise<FirstValue> {
    const { name, slots } = await this.query.dependencies(this.asking());
    // The client may have unsubscribed while the guards ran.
    if (this.#isOver) return {};
    this.#membership = rooms.join(name, slots, this);
    this.#announce('subscribed');
    const first = await this.#first();
    // Events follow the acknowledgement: an older value must not come last.
    setImmediate(() => {
      this.#hasBegun = true;
      if (this.#isDue) void this.tell();
    });
    return first;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#membership !== undefined) this.#announce('unsubscribed');
    this.#membership?.leave();
    this.onEnd(this);
  }

  /** Runs the guards of the route again: rights and tokens may have expired. */
  async tell(): Promise<void> {
    this.#isDue = !this.#hasBegun;
    if (this.#isDue || this.#isOver) return;
    try {
      if (this.mode !== 'invalidated') this.#send(await this.#read());
      else {
        await (this.query.isKnownByValue ? this.#followOnly() : this.query.dependencies(this.asking()));
        this.#emit('invalidated', {});
      }
      this.#hasFailed = false;
    } catch (error) {
      this.#fail(refusalOf(error));
    }
  }

  async #first(): Promise<FirstValue> {
    if (this.mode === 'invalidated') {
      if (this.query.isKnownByValue) await this.#followOnly();
      return {};
    }
    const value = await this.#read();
    if (this.mode === 'value' || this.#membership === undefined) return { value: value ?? null };
    const first = this.#sent.next(value, this.#membership.values);
    return { value: value ?? null, ...(first !== undefined && { seq: first.body.seq }) };
  }

  /** Reads the value, and follows what it depends on. */
  async #read(): Promise<unknown> {
    const { value, dependencies } = await this.query.read(this.asking());
    this.#membership?.follow(dependencies);
    return value;
  }

  /** For a client that reads by itself, after this. That read may succeed or fail, whatever this one did. */
  async #followOnly(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (refusalOf(error).code === 'not-allowed') throw error;
      this.#membership?.follow(this.query.unknown);
    }
  }

  #send(value: unknown): void {
    if (this.mode === 'value') this.#emit('value', { value: value ?? null });
    else if (this.#membership !== undefined) {
      const message = this.#sent.next(value, this.#membership.values);
      if (message !== undefined) this.#emit(message.event, message.body);
    }
  }

  #fail(refusal: Refusal): void {
    if (this.#isOver) return;
    if (refusal.code === 'not-allowed') this.end();
    else {
      // The next value may depend on other rows than the last one.
      this.#membership?.follow(this.query.unknown);
      // A retry of a load that still fails is no news.
      if (this.#hasFailed && this.query.unknown === 'retry') return;
      this.#hasFailed = true;
    }
    this.socket.emit('refused', { id: this.id, ...refusal });
    if (SOCKET.isHeard) SOCKET.send({ type: 'refused', query: this.query.name, code: refusal.code });
  }

  #emit(event: 'value' | 'patch' | 'invalidated', body: object): void {
    if (this.#isOver) return;
    const { traceparent } = this.query;
    this.socket.emit(event, { id: this.id, ...body, ...(traceparent !== undefined && { traceparent }) });
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
