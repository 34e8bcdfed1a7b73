import type { Redis } from 'ioredis';
import { LarderRedisError } from '../base/errors.js';
import { Circuit } from './circuit.js';
import { isDenial } from './client/faults.js';
import { isDemotion } from './client/manner.js';
import { withTimeout } from './command-timeout.js';
import { connectionOf, type OpenRedis } from './connect.js';
import type { Argument, Connection } from './connection.js';

/** How long the circuit stays open before a call tries it again, in milliseconds. */
const RETRY_DELAY = 500;

/**
 * The one way to Redis for commands: each call has a timeout, and after one that was not answered in time the next are
 * refused at once, so that a Redis that hangs costs one timeout and not one a call.
 */
export class RedisClient implements Connection {
  readonly #redis: OpenRedis;
  readonly #connection: Connection;
  readonly #circuit = new Circuit(RETRY_DELAY);

  /** @param timeout milliseconds a call may take */
  constructor(
    redis: OpenRedis,
    readonly timeout: number,
  ) {
    this.#redis = redis;
    this.#connection = connectionOf(redis.client);
  }

  get isCluster(): boolean {
    return this.#redis.isCluster;
  }

  /** @throws LarderRedisError; an error that Redis itself answered, as it is */
  call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#guard(command, () => this.#connection.call(command, ...args));
  }

  /** Many calls at once, with one timeout for all. */
  async callAll(commands: readonly (readonly [command: string, ...args: readonly Argument[]])[]): Promise<unknown[]> {
    const send = () => Promise.all(commands.map(([command, ...args]) => this.#connection.call(command, ...args)));
    return (await this.#guard(`${commands.length} × ${commands[0]?.[0]}`, send)) as unknown[];
  }

  /** The client itself, for a library that brings timeouts of its own. */
  get client(): OpenRedis['client'] {
    return this.#redis.client;
  }

  /** The connections to every master, guarded alike. */
  masters(): readonly Connection[] {
    return this.#redis.masters().map((master) => {
      const connection = connectionOf(master);
      return { call: (command, ...args) => this.#guard(command, () => connection.call(command, ...args)) };
    });
  }

  /** A connection of its own to the server that has a key, for what blocks or must be told of every break. */
  async dedicate(key: string): Promise<Connection & { disconnect(): void }> {
    const { client, faults } = await this.#redis.dedicate(key);
    const connection = connectionOf(client);
    return {
      call: (command, ...args) =>
        connection.call(command, ...args).catch((error) => {
          if (isDemotion(error)) this.#reconnect();
          if (isDenial(error)) throw new LarderRedisError('refused', faults.describe(error));
          if (isReply(error) && faults.problem === undefined) throw error;
          throw new LarderRedisError('unavailable', faults.problem ?? faults.describe(error));
        }),
      disconnect: () => client.disconnect(),
    };
  }

  /** Why Redis cannot be used, as a clause; `undefined` while commands can be sent. */
  get problem(): string | undefined {
    return this.#redis.faults.problem;
  }

  /** Ends the connections. */
  close(): void {
    this.#redis.close();
  }

  /** The address leads to another server now, as that of a managed Redis does after a failover. */
  #reconnect(): void {
    const { client, isCluster } = this.#redis;
    if (!isCluster && client.status === 'ready') (client as Redis).disconnect(true);
  }

  #guard(command: string, call: () => Promise<unknown>): Promise<unknown> {
    const { status } = this.#redis.client;
    if (status !== 'ready') {
      return Promise.reject(
        new LarderRedisError('unavailable', this.#redis.faults.problem ?? `Redis is not connected (${status})`),
      );
    }
    if (this.#circuit.isClosed) return withTimeout(call(), this.timeout, command, this.#toFault);
    if (this.#circuit.takeProbe()) return this.#probe(withTimeout(call(), this.timeout, command));
    // What waited for the probe would wait as long as for Redis.
    return Promise.reject(new LarderRedisError('unavailable', 'Redis did not answer in time a moment ago'));
  }

  async #probe(call: Promise<unknown>): Promise<unknown> {
    try {
      const answer = await call;
      this.#circuit.close();
      return answer;
    } catch (error) {
      if (isTimeout(error)) this.#circuit.open();
      else this.#circuit.close();
      throw asFault(error);
    }
  }

  /** What a caller gets in place of an error. */
  readonly #toFault = (error: unknown): unknown => {
    if (isTimeout(error) && this.#circuit.isClosed) this.#circuit.open();
    return asFault(error);
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof LarderRedisError && error.reason === 'timeout';
}

/** An error that Redis itself answered stays what it is. */
function asFault(error: unknown): unknown {
  return isReply(error) || error instanceof LarderRedisError ? error : unavailable(error);
}

/** Whether Redis itself answered with an error. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function unavailable(error: unknown): LarderRedisError {
  return new LarderRedisError('unavailable', `The connection to Redis failed (${error})`, { cause: error });
}
