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

  /** @param read the figures. If it fails, the responses end, and pages open them again */
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
    else void this.#tell([response]);
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
    await this.#tell(this.#listeners);
    if (!this.#isClosed && this.#listeners.size > 0)
      this.#cancel = this.#clock.after(INTERVAL, () => void this.#send());
  }

  /** Never rejects: figures that other processes published may have a form that this release does not know. */
  async #tell(listeners: Iterable<ServerResponse>): Promise<void> {
    try {
      const figures = await this.#read();
      for (const response of listeners) write(response, figures);
    } catch {
      // The page says that its figures are old, and opens another response.
      for (const response of listeners) response.end();
    }
  }
}

function write(response: ServerResponse, figures: unknown): void {
  if (!response.writableEnded) response.write(`data: ${JSON.stringify(figures)}\n\n`);
}
