import { LarderRedisError } from '../base/errors.js';
import { REDIS, type RedisMessage } from '../base/signals/work-signals.js';
import { Circuit, type CircuitState } from './circuit.js';
import { isDenial } from './client/faults.js';
import { isDemotion } from './client/manner.js';
import { withTimeout } from './command-timeout.js';
import type { Argument, Connection, OpenRedis } from './connection.js';

/** How long the circuit stays open before a call may probe Redis, in milliseconds. */
const RETRY_DELAY = 500;

/**
 * Sends commands to Redis with a timeout and a circuit breaker: a Redis that hangs costs one timeout, not one per call.
 */
export class RedisClient implements Connection {
  readonly #redis: OpenRedis;
  readonly #connection: Connection;
  readonly #circuit = new Circuit(RETRY_DELAY);

  /** @param timeout of a call, in milliseconds */
  constructor(
    redis: OpenRedis,
    readonly timeout: number,
  ) {
    this.#redis = redis;
    this.#connection = redis.connection;
  }

  get isCluster(): boolean {
    return this.#redis.isCluster;
  }

  /** @throws LarderRedisError if Redis does not answer; an error reply of Redis, unchanged */
  call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#guard(command, 1, () => this.#connection.call(command, ...args));
  }

  /** Runs calls in parallel, with one timeout for all. */
  async callAll(commands: readonly (readonly [command: string, ...args: readonly Argument[]])[]): Promise<unknown[]> {
    const send = () => Promise.all(commands.map(([command, ...args]) => this.#connection.call(command, ...args)));
    return (await this.#guard(commands[0]?.[0] ?? '', commands.length, send)) as unknown[];
  }

  /** `ready` when commands can be sent. */
  get status(): string {
    return this.#redis.status;
  }

  /** A connection to each master, with the same timeout and circuit breaker. */
  masters(): readonly Connection[] {
    return this.#redis.masters().map((master) => ({
      call: (command, ...args) => this.#guard(command, 1, () => master.call(command, ...args)),
    }));
  }

  /** A dedicated connection to the server that has a key, for blocking commands, and for callers that must notice every disconnect. */
  async dedicate(key: string): Promise<Connection & { disconnect(): void }> {
    const { connection, faults, close } = await this.#redis.dedicate(key);
    return {
      call: (command, ...args) =>
        connection.call(command, ...args).catch((error) => {
          // After a failover, the address of a managed Redis leads to another server.
          if (isDemotion(error)) this.#redis.reconnect();
          if (isDenial(error)) throw new LarderRedisError('refused', faults.describe(error));
          if (isReply(error) && faults.problem === undefined) throw error;
          throw new LarderRedisError('unavailable', faults.problem ?? faults.describe(error));
        }),
      disconnect: close,
    };
  }

  /** Why Redis cannot be used, as a clause; `undefined` if it can. */
  get problem(): string | undefined {
    return this.#redis.faults.problem;
  }

  get circuit(): CircuitState {
    return this.#circuit.state;
  }

  close(): void {
    this.#redis.close();
  }

  /** Tells how long a call took, if that is heard. */
  #guard(command: string, commands: number, call: () => Promise<unknown>): Promise<unknown> {
    const name = commands === 1 ? command : `${commands} × ${command}`;
    const answer = this.#send(name, call);
    if (!REDIS.isHeard) return answer;
    const began = performance.now();
    const end = (result: RedisMessage['result']) =>
      REDIS.send({ command: command.toUpperCase(), commands, duration: performance.now() - began, result });
    answer.then(
      () => end('answered'),
      (error) => end(isReply(error) ? 'answered' : 'failed'),
    );
    return answer;
  }

  #send(command: string, call: () => Promise<unknown>): Promise<unknown> {
    const { status } = this.#redis;
    if (status !== 'ready') {
      return Promise.reject(
        new LarderRedisError('unavailable', this.#redis.faults.problem ?? `Redis is not connected (${status})`),
      );
    }
    if (this.#circuit.isClosed) return withTimeout(call(), this.timeout, command, this.#toFault);
    if (this.#circuit.takeProbe()) return this.#probe(withTimeout(call(), this.timeout, command));
    // Waiting for the probe would take as long as waiting for Redis.
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

  /** Opens the circuit after a timeout, and maps the error. */
  readonly #toFault = (error: unknown): unknown => {
    if (isTimeout(error) && this.#circuit.isClosed) this.#circuit.open();
    return asFault(error);
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof LarderRedisError && error.reason === 'timeout';
}

/** Error replies of Redis stay unchanged. */
function asFault(error: unknown): unknown {
  return isReply(error) || error instanceof LarderRedisError ? error : unavailable(error);
}

/** Whether the error is an error reply of Redis. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function unavailable(error: unknown): LarderRedisError {
  return new LarderRedisError('unavailable', `The connection to Redis failed (${error})`, { cause: error });
}
