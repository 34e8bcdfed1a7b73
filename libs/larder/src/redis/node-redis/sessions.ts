import { setTimeout as delay } from 'node:timers/promises';
import { LarderRedisError } from '../../base/errors.js';
import type { ClientFaults } from '../client/faults.js';
import type { Session } from './session.js';

/** Between two attempts to connect, in milliseconds. */
const MIN_RETRY_DELAY = 50;
const MAX_RETRY_DELAY = 500;

interface SessionsOptions {
  open(): Session;
  readonly faults: ClientFaults;
  /** Whether a session with a fault may still serve: a cluster with one lost master. */
  readonly servesWithFaults: boolean;
  /** How long a replaced session stays for the replies to its commands, in milliseconds. */
  readonly drainTimeout: number;
}

/**
 * Keeps a session to Redis: opens the next one when it has ended. One rule for one server and a cluster, instead of those of
 * the client: its reconnecting does not look for the master that replaced a dead one.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #closing = new AbortController();
  readonly #drained = new Map<Session, NodeJS.Timeout>();
  #current: Session | undefined;
  #opening: Session | undefined;
  #status = 'connecting';

  constructor(options: SessionsOptions) {
    this.#options = options;
    void this.#run();
  }

  get status(): string {
    return this.#status;
  }

  /** @throws LarderRedisError if there is no session */
  get current(): Session {
    if (this.#current !== undefined) return this.#current;
    throw new LarderRedisError('unavailable', this.#options.faults.problem ?? 'Redis is not connected');
  }

  close(): void {
    this.#closing.abort();
    this.#status = 'end';
    this.#opening?.close();
    this.#current?.close();
    this.#current = undefined;
    for (const [session, timer] of this.#drained) {
      clearTimeout(timer);
      session.close();
    }
    this.#drained.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let pause = MIN_RETRY_DELAY;
    while (!signal.aborted) {
      const session = await this.#attempt();
      if (session !== undefined) {
        pause = MIN_RETRY_DELAY;
        await session.ended;
        if (!this.#options.servesWithFaults && !signal.aborted) this.#drop();
      }
      await delay(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      pause = Math.min(MAX_RETRY_DELAY, pause * 2);
    }
  }

  /** The next session, in place of the current one; `undefined` if it could not connect. */
  async #attempt(): Promise<Session | undefined> {
    const { faults, open } = this.#options;
    let session: Session | undefined;
    try {
      session = open();
      this.#opening = session;
      await session.connect();
      if (this.#closing.signal.aborted) return undefined;
      this.#retire();
      this.#current = session;
      this.#status = 'ready';
      faults.clear();
      return session;
    } catch (error) {
      session?.close();
      // The client of a cluster tells the reason before, and then only that no node can be used.
      if (!session?.hasTold) faults.note(error);
      if (this.#current === undefined && !this.#closing.signal.aborted) this.#status = 'reconnecting';
      return undefined;
    } finally {
      this.#opening = undefined;
    }
  }

  #drop(): void {
    this.#current?.close();
    this.#current = undefined;
    this.#status = 'reconnecting';
  }

  #retire(): void {
    const old = this.#current;
    if (old === undefined) return;
    const end = () => {
      this.#drained.delete(old);
      old.close();
    };
    this.#drained.set(old, setTimeout(end, this.#options.drainTimeout).unref());
  }
}
