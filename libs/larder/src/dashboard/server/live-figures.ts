import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.js';
import { openEvents } from './exchange.js';

/** Milliseconds between two events. */
const INTERVAL = 2000;
/** Pages of one process. */
const MAX_LISTENERS = 50;

/** Sends figures to all open pages by server-sent events. Without a page it reads nothing. */
export class LiveFigures {
  readonly #read: () => Promise<unknown>;
  readonly #clock: Clock;
  readonly #listeners = new Set<ServerResponse>();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** @param read the figures; never rejects */
  constructor(read: () => Promise<unknown>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** @returns whether there was room for a further page */
  add(response: ServerResponse): boolean {
    if (this.#isClosed || this.#listeners.size >= MAX_LISTENERS) return false;
    openEvents(response);
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    if (this.#listeners.size === 1) void this.#send();
    else void this.#read().then((figures) => write(response, figures));
    return true;
  }

  /** Ends all responses, which would keep the server from closing. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    for (const response of this.#listeners) response.end();
  }

  async #send(): Promise<void> {
    this.#cancel?.();
    const figures = await this.#read();
    for (const response of this.#listeners) write(response, figures);
    if (!this.#isClosed && this.#listeners.size > 0)
      this.#cancel = this.#clock.after(INTERVAL, () => void this.#send());
  }
}

function write(response: ServerResponse, figures: unknown): void {
  if (!response.writableEnded) response.write(`data: ${JSON.stringify(figures)}\n\n`);
}
