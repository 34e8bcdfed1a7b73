import { isDemotion } from '../client/manner.js';
import { withTimeout } from '../command-timeout.js';
import type { Argument, Connection } from '../connection.js';
import type { SingleClient } from './library.js';
import { sendBy, type Transport } from './transport.js';

/** How long connecting may take, in milliseconds: a cluster is asked node by node. */
const CONNECT_TIMEOUT = 5000;
/** Checks of the pulse per `socketTimeout`. */
const CHECKS = 2;

/** One life of a client, from `connect` to its first fault. */
export class Session implements Connection {
  /** Resolves at the first fault, and by `close`. */
  readonly ended: Promise<void>;
  readonly #transport: Transport;
  readonly #pulse: NodeJS.Timeout;
  readonly #follows: boolean;
  /** Whether the client has told of an error. */
  hasTold = false;
  #resolve = () => {};
  #isEnded = false;
  #connecting: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #replies = 0;
  #repliesAtCheck = 0;
  #silentChecks = 0;

  /**
   * @param socketTimeout milliseconds without any reply to a command after which the session ends
   * @param follows whether the client by itself follows a master that became a replica
   */
  constructor(transport: Transport, socketTimeout: number, onError: (error: unknown) => void, follows: boolean) {
    this.#transport = transport;
    this.#follows = follows;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const fail = (error: unknown) => {
      // Errors after the first one are its consequences.
      if (this.#isEnded) return;
      this.hasTold = true;
      onError(error);
      this.end();
    };
    transport.onError(fail);
    this.#pulse = setInterval(() => this.#checkPulse(fail), socketTimeout / CHECKS).unref();
  }

  /** Resolves when commands can be sent. */
  async connect(): Promise<void> {
    this.#connecting = this.#transport.connect();
    await withTimeout(this.#connecting, CONNECT_TIMEOUT, 'Connecting');
  }

  call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#heard(this.#transport.send(command, args));
  }

  masters(): readonly Connection[] {
    return this.#transport.masters().map((client) => ({
      call: (command, ...args) => this.#heard(sendBy(client, command, args)),
    }));
  }

  masterOf(key: string): Promise<SingleClient> {
    return this.#transport.masterOf(key);
  }

  /** Ends the session; its connections stay open until `close`. */
  end(): void {
    this.#isEnded = true;
    this.#resolve();
  }

  /** Pending commands are rejected. */
  close(): void {
    clearInterval(this.#pulse);
    this.end();
    const destroy = () => this.#transport.destroy();
    // A client that is destroyed while it connects would open its sockets afterwards.
    this.#connecting.then(destroy, destroy);
  }

  #heard(sent: Promise<unknown>): Promise<unknown> {
    this.#pending++;
    return sent.then(
      (reply) => {
        this.#pending--;
        this.#replies++;
        return reply;
      },
      (error) => {
        this.#pending--;
        this.#replies++;
        if (!this.#follows && isDemotion(error)) this.end();
        throw named(error);
      },
    );
  }

  /** Writes keep the timeout of a socket from firing, also when the server answers none of them. */
  #checkPulse(fail: (error: unknown) => void): void {
    const isSilent = this.#pending > 0 && this.#replies === this.#repliesAtCheck;
    this.#silentChecks = isSilent ? this.#silentChecks + 1 : 0;
    this.#repliesAtCheck = this.#replies;
    if (this.#silentChecks > CHECKS) fail(new Error('it has not answered'));
  }
}

/** Error replies begin with a code; errors of the client do not. Their class is no help: it may come from another copy. */
const REPLY = /^[A-Z][A-Z0-9_]+( |$)/;

/** Names error replies as a {@link Connection} does. */
export function named(error: unknown): unknown {
  if (error instanceof Error && error.name === 'Error' && REPLY.test(error.message)) error.name = 'ReplyError';
  return error;
}
