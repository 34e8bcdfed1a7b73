import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { LarderRedisError } from '../base/errors.js';
import type { RedisAddress } from './address.js';
import { withDeadline } from './command-timeout.js';
import { copyOf, type Manner, openAnother } from './connect.js';

/** Milliseconds between two attempts to subscribe. */
const REST = 200;
/** How often a connection that only listens is asked whether it is still there; one that does not answer is replaced. */
const PULSE = 1000;
const SUBSCRIBING = ['subscribe', 'psubscribe', 'ssubscribe'] as const;
const PUBLISHING = ['publish', 'spublish', 'xadd'] as const;

type Call = (...args: unknown[]) => Promise<unknown>;
type Client = Redis | Cluster;

/**
 * A client for programs that subscribe once and never look back, such as adapters of Socket.IO: what it is told to subscribe
 * to it tries until Redis takes it, it notices a connection that only seems to be there, and no call whose outcome nobody
 * looks at becomes an unhandled rejection.
 */
export class Listener {
  readonly client: Client;
  readonly #closing = new AbortController();
  readonly #copies: Listener[] = [];
  readonly #deadline: number;
  #published = 0;
  #lost = 0;

  private constructor(client: Client, deadline: number) {
    this.client = client;
    this.#deadline = deadline;
    this.#handleRejections();
    for (const name of SUBSCRIBING)
      this.#replace(
        name,
        (call) =>
          (...args) =>
            this.#insist(() => call(...args)),
      );
    for (const name of PUBLISHING)
      this.#replace(
        name,
        (call) =>
          (...args) =>
            this.#atOnce(name, () => call(...args)),
      );
    this.#keepPulse();
    // Who duplicates it gets another one of its kind, which reads.
    (client as { duplicate: () => Client }).duplicate = () => {
      const copy = new Listener(copyOf(client, { isPatient: true, protocol: 2 }), deadline);
      this.#copies.push(copy);
      return copy.client;
    };
  }

  /**
   * Resolves before it is connected, and whether or not it can be.
   *
   * @param deadline milliseconds that somebody may have to wait for what they publish
   * @param manner patient, unless it also publishes
   */
  static async open(address: RedisAddress, deadline: number, manner: Manner = { isPatient: true }): Promise<Listener> {
    return new Listener(await openAnother(address, manner), deadline);
  }

  /** What Redis took of what was published with this client, and what it did not. */
  get stats(): { readonly published: number; readonly lost: number } {
    return { published: this.#published, lost: this.#lost };
  }

  close(): void {
    this.#closing.abort();
    for (const copy of this.#copies) copy.close();
    this.client.disconnect();
  }

  #replace(name: string, by: (call: Call) => Call): void {
    const methods = this.client as unknown as Record<string, Call>;
    methods[name] = by((methods[name] as Call).bind(this.client));
  }

  #handleRejections(): void {
    const { client } = this;
    const send = client.sendCommand.bind(client) as (...args: unknown[]) => unknown;
    client.sendCommand = (...args: unknown[]) => {
      const sent = send(...args);
      if (sent instanceof Promise) sent.catch(() => {});
      return sent;
    };
  }

  async #insist(subscribe: () => Promise<unknown>): Promise<unknown> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        return await subscribe();
      } catch {
        await delay(REST, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  }

  /** What is published does not wait for a connection, and whoever waits for it not longer than the deadline. */
  #atOnce(name: string, publish: () => Promise<unknown>): Promise<unknown> {
    const { status } = this.client;
    const published =
      status === 'ready'
        ? publish()
        : Promise.reject(new LarderRedisError('unavailable', `Redis is not connected (${status})`));
    published.then(
      () => this.#published++,
      () => this.#lost++,
    );
    const inTime = withDeadline(published, this.#deadline, name.toUpperCase());
    inTime.catch(() => {});
    return inTime;
  }

  #keepPulse(): void {
    const { client } = this;
    // The subscribers of a cluster are replaced by its client.
    if (client.isCluster) return;
    const timer = setInterval(() => {
      if (client.status === 'ready' && (client as Redis).condition?.subscriber) void client.ping();
    }, PULSE);
    timer.unref();
    this.#closing.signal.addEventListener('abort', () => clearInterval(timer));
  }
}
