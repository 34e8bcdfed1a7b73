import type { Clock } from '../base/clock.js';
import { LarderRedisError } from '../base/errors.js';
import type { PublishingStats } from './publisher.js';

/** How many messages wait while Redis is unavailable. */
export interface OutboxBounds {
  /** Maximum number of messages: at least 0. Default 10,000. */
  readonly messages: number;
  /** Maximum bytes of all messages: at least 0. Default 16 MiB (16,777,216). */
  readonly bytes: number;
  /** Milliseconds after which a waiting message is dropped. Default 30,000. */
  readonly age: number;
}

export const OUTBOX_BOUNDS: OutboxBounds = { messages: 10_000, bytes: 16 * 1024 * 1024, age: 30_000 };

/** How many messages may be sent and not yet acknowledged. */
const MAX_IN_FLIGHT = 100;
/** Milliseconds between attempts while Redis refuses. */
const RETRY_DELAY = 100;
/** Replies by which Redis says that it did nothing: a retry is safe. */
const NOT_NOW = /^(READONLY|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|BUSY|OOM)\b/;
/** Errors by which the client says that it sent nothing: a retry is safe. */
const NOT_SENT = /isn't writeable|Cluster isn't ready|None of startup nodes is available|Failed to refresh slots cache/;

type Arguments = readonly unknown[];

interface Message {
  readonly args: Arguments;
  readonly bytes: number;
  readonly since: number;
  isSent: boolean;
}

export interface OutboxOptions {
  /** Sends a message. After a rejection that says that nothing was done, the message waits. */
  readonly send: (args: Arguments) => Promise<unknown>;
  /** Whether a message can be sent now. */
  readonly isReady: () => boolean;
  readonly clock: Clock;
  readonly bounds: OutboxBounds;
}

/**
 * Messages on their way to a Redis stream. While Redis is unavailable they wait, within bounds, and are then sent in order. A
 * message that may have arrived is not resent: each is delivered at most once.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** In order: first messages in flight, then those that wait. */
  readonly #messages = new Set<Message>();
  #bytes = 0;
  #inFlight = 0;
  #published = 0;
  #lost = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get stats(): Pick<PublishingStats, 'published' | 'lost' | 'waiting'> {
    return { published: this.#published, lost: this.#lost, waiting: this.#messages.size };
  }

  /**
   * Sends a message, now or later.
   *
   * @returns the reply of Redis
   * @throws LarderRedisError at once if the message has to wait; the error of Redis if it refuses the message
   */
  async add(args: Arguments): Promise<unknown> {
    const isFree = this.#messages.size === this.#inFlight && this.#hasRoom();
    const message = { args, bytes: sizeOf(args), since: this.#options.clock.elapsed(), isSent: false };
    this.#messages.add(message);
    this.#bytes += message.bytes;
    if (isFree) return this.#send(message);
    this.#trim();
    this.#planRetry();
    throw new LarderRedisError('unavailable', 'The message waits until Redis takes it');
  }

  /** Sends the messages that wait, until Redis accepts no more. */
  flush(): void {
    this.#trim();
    for (const message of this.#messages) {
      if (!this.#hasRoom()) break;
      if (!message.isSent) void this.#send(message).catch(() => {});
    }
    if (this.#messages.size > 0) this.#planRetry();
  }

  /** Drops all messages that are not acknowledged. */
  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = () => {};
    for (const message of this.#messages) this.#giveUp(message);
  }

  #hasRoom(): boolean {
    return this.#inFlight < MAX_IN_FLIGHT && this.#options.isReady();
  }

  async #send(message: Message): Promise<unknown> {
    message.isSent = true;
    this.#inFlight++;
    try {
      const reply = await this.#options.send(message.args);
      this.#inFlight--;
      if (this.#remove(message)) this.#published++;
      if (this.#messages.size > this.#inFlight) this.flush();
      return reply;
    } catch (error) {
      this.#inFlight--;
      message.isSent = false;
      if (wasNotDone(error)) this.#planRetry();
      else this.#giveUp(message);
      throw error;
    }
  }

  /** Drops the oldest waiting messages until all bounds hold. */
  #trim(): void {
    const { bounds, clock } = this.#options;
    const earliest = clock.elapsed() - bounds.age;
    for (const message of this.#messages) {
      if (message.isSent) continue;
      const waiting = this.#messages.size - this.#inFlight;
      if (waiting <= bounds.messages && this.#bytes <= bounds.bytes && message.since >= earliest) break;
      this.#giveUp(message);
    }
  }

  #giveUp(message: Message): void {
    if (this.#remove(message)) this.#lost++;
  }

  #remove(message: Message): boolean {
    const isThere = this.#messages.delete(message);
    if (isThere) this.#bytes -= message.bytes;
    return isThere;
  }

  #planRetry(): void {
    this.#cancelRetry ??= this.#options.clock.after(RETRY_DELAY, () => {
      this.#cancelRetry = undefined;
      this.flush();
    });
  }
}

function wasNotDone(error: unknown): boolean {
  const text = error instanceof Error ? error.message : '';
  return NOT_NOW.test(text) || NOT_SENT.test(text);
}

function sizeOf(args: Arguments): number {
  return args.reduce<number>((sum, arg) => sum + Buffer.byteLength(String(arg)), 0);
}
