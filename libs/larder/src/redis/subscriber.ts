import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './address.js';
import { copyOf, openClient } from './client/ioredis.js';
import { faultsOf } from './client/ioredis-faults.js';
import type { Manner } from './client/manner.js';

/** Between two attempts to subscribe or to read, in milliseconds. */
const RETRY_DELAY = 200;
/** How often a listening connection sends `PING`, in milliseconds; a connection without a reply is replaced. */
const PING_INTERVAL = 1000;
/** Retries subscriptions without a limit, and reads streams. */
const PATIENT: Manner = { isPatient: true, protocol: 2, socketTimeout: 3000 };
const SUBSCRIBING = ['subscribe', 'psubscribe', 'ssubscribe'] as const;
/** Events with messages of other processes. */
const MESSAGES = /^[ps]?message(Buffer)?$/;

type Call = (...args: unknown[]) => Promise<unknown>;
type Client = Redis | Cluster;
/** Receives what a handler of messages throws or rejects with. */
export type OnFailure = (error: unknown) => void;

/**
 * A client for libraries that subscribe once and do not handle errors, such as adapters of Socket.IO. It retries subscriptions
 * until Redis accepts them, replaces half-open connections, and survives handlers that throw.
 */
export class Subscriber {
  readonly client: Client;
  readonly #closing = new AbortController();

  /** @param onFailure receives errors of message handlers, which must end neither client nor process */
  private constructor(client: Client, onFailure: OnFailure) {
    this.client = client;
    faultsOf(client);
    catchRejections(client);
    for (const name of SUBSCRIBING) replace(client, name, (call) => this.#insistent(call));
    replace(client, 'xread', (call) => this.#unhurried(call));
    guardHandlers(client, onFailure);
    this.#keepPulse();
  }

  /** Resolves before the connection, also while Redis is unavailable. */
  static async open(address: RedisAddress, onFailure: OnFailure): Promise<Subscriber> {
    return new Subscriber(await openClient(address, PATIENT), onFailure);
  }

  /** A subscriber to the same Redis as another client. */
  static besides(client: Client, onFailure: OnFailure): Subscriber {
    return new Subscriber(copyOf(client, PATIENT), onFailure);
  }

  /** Reconnects to the server that the address leads to now. Keeps subscriptions. */
  reconnect(): void {
    // A cluster client follows its servers by itself.
    if (!this.client.isCluster) (this.client as Redis).disconnect(true);
  }

  close(): void {
    this.#closing.abort();
    this.client.disconnect();
  }

  #insistent(subscribe: Call): Call {
    return async (...args) => {
      while (!this.#closing.signal.aborted) {
        try {
          return await subscribe(...args);
        } catch {
          await this.#rest();
        }
      }
      return undefined;
    };
  }

  /** Delays failed reads: a library that reads in a loop would otherwise block the event loop while Redis refuses. */
  #unhurried(read: Call): Call {
    return async (...args) => {
      try {
        return await read(...args);
      } catch (error) {
        await this.#rest();
        throw error;
      }
    };
  }

  async #rest(): Promise<void> {
    await delay(RETRY_DELAY, undefined, { signal: this.#closing.signal }).catch(() => {});
  }

  #keepPulse(): void {
    const { client } = this;
    // A cluster client replaces its subscribers by itself.
    if (client.isCluster) return;
    const timer = setInterval(() => {
      if (client.status === 'ready' && (client as Redis).condition?.subscriber) void client.ping();
    }, PING_INTERVAL);
    timer.unref();
    this.#closing.signal.addEventListener('abort', () => clearInterval(timer));
  }
}

/** Replaces a method of this one client. */
export function replace(client: Client, name: string, by: (call: Call) => Call): void {
  const methods = client as unknown as Record<string, Call>;
  methods[name] = by((methods[name] as Call).bind(client));
}

/** Prevents unhandled rejections of calls whose result the caller ignores. */
export function catchRejections(client: Client): void {
  const send = client.sendCommand.bind(client) as (...args: unknown[]) => unknown;
  client.sendCommand = (...args: unknown[]) => {
    const sent = send(...args);
    if (sent instanceof Promise) sent.catch(() => {});
    return sent;
  };
}

type Handler = (...args: unknown[]) => unknown;

/** Guards message handlers: they run inside the client, where an error would end the process. */
function guardHandlers(client: Client, onFailure: OnFailure): void {
  const emitter = client as unknown as { on(event: string, handler: Handler): unknown };
  const on = emitter.on.bind(client);
  emitter.on = (event, handler) => on(event, MESSAGES.test(event) ? guarded(handler, onFailure) : handler);
}

/** The same function; its errors and rejections go to `onFailure`. */
export function guarded(work: Handler, onFailure: OnFailure): Handler {
  return (...args) => {
    try {
      const done = work(...args);
      return done instanceof Promise ? done.catch(onFailure) : done;
    } catch (error) {
      onFailure(error);
      return undefined;
    }
  };
}
