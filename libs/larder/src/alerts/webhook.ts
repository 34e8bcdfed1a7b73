import { createHmac } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Alert } from './alert.js';

/** Where alerts are sent. */
export interface WebhookOptions {
  readonly url: string;
  /** Signs each body. */
  readonly secret: string;
  readonly clock: Clock;
  /** Hears why an alert was given up. */
  readonly onFailure: (problem: string) => void;
}

/** Milliseconds for one attempt. */
const TIMEOUT = 5000;
/** Milliseconds before each further attempt. */
export const RETRY_DELAYS = [1000, 10_000, 60_000];
/** Of more waiting alerts, the oldest is given up. */
const MAX_WAITING = 100;

/** Sends alerts to a URL, in their order, one at a time. Nothing waits for it. */
export class Webhook {
  readonly #options: WebhookOptions;
  #waiting: Alert[] = [];
  #isSending = false;
  #isClosed = false;
  readonly #closing = new AbortController();
  #wake = () => {};

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  send(alert: Alert): void {
    if (this.#isClosed) return;
    this.#waiting.push(alert);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#options.onFailure(`more than ${MAX_WAITING} alerts wait`);
    }
    if (!this.#isSending) void this.#sendAll();
  }

  /** Gives up what waits. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#closing.abort();
    this.#wake();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let alert = this.#waiting.shift(); alert !== undefined; alert = this.#waiting.shift()) {
      const problem = await this.#deliver(alert);
      if (problem !== undefined && !this.#isClosed) this.#options.onFailure(problem);
    }
    this.#isSending = false;
  }

  /** Returns why the last attempt failed. */
  async #deliver(alert: Alert): Promise<string | undefined> {
    const body = JSON.stringify(alert);
    let problem = await this.#attempt(body);
    for (const pause of RETRY_DELAYS) {
      if (problem === undefined || this.#isClosed) return problem;
      await this.#rest(pause);
      if (!this.#isClosed) problem = await this.#attempt(body);
    }
    return problem;
  }

  async #attempt(body: string): Promise<string | undefined> {
    const { url, secret, clock } = this.#options;
    const time = Math.floor(clock.now() / 1000);
    const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    const timeout = new AbortController();
    const cancel = clock.after(TIMEOUT, () => timeout.abort(new Error(`no answer within ${TIMEOUT / 1000} s`)));
    try {
      const {
        ok,
        status,
        body: answer,
      } = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json', 'Larder-Signature': `t=${time},v1=${signature}` },
        redirect: 'manual',
        signal: AbortSignal.any([timeout.signal, this.#closing.signal]),
      });
      await answer?.cancel();
      return ok ? undefined : `the receiver answered with ${status}`;
    } catch (error) {
      return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    } finally {
      cancel();
    }
  }

  #rest(pause: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(pause, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
