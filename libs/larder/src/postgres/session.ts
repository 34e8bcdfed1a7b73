import { Socket } from 'node:net';
import type { Client, ClientConfig } from 'pg';
import type { Clock } from '../base/clock.js';
import { LarderChangeFeedError } from '../base/errors.js';
import { loadOptional } from '../base/package/optional-package.js';
import { UNOBSERVED } from './unobserved.js';

/** The address of a PostgreSQL database: a URL, or options of the client `pg`. */
export type PostgresAddress =
  | string
  | {
      readonly host?: string;
      readonly port?: number;
      readonly user?: string;
      readonly password?: string | (() => string | Promise<string>);
      readonly database?: string;
      readonly ssl?: boolean | object;
    };

export interface SessionOptions {
  readonly clock: Clock;
  /** Of connecting and of each query, in milliseconds. */
  readonly timeout: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
}

/** An error that the server reported. */
interface ServerFault {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/**
 * One connection. Each query succeeds or fails within the timeout. The first fault of the connection closes it, and every later
 * query fails.
 */
export class Session {
  /** Called for each notification of the server, and when the connection is lost. */
  onCall: () => void = () => {};
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #timeout: number;
  #fault: LarderChangeFeedError | undefined;

  private constructor(client: Client, socket: Socket, { clock, timeout }: SessionOptions) {
    this.#client = client;
    this.#socket = socket;
    this.#clock = clock;
    this.#timeout = timeout;
    Object.assign(client, { [UNOBSERVED]: true });
    const lost = (error?: Error) => this.#lose(unavailable('The connection to PostgreSQL was lost', error));
    client.on('error', lost);
    client.on('end', () => lost());
    client.on('notification', () => this.onCall());
  }

  /** @throws LarderChangeFeedError if the server does not answer in time, or refuses the connection */
  static async open(address: PostgresAddress, options: SessionOptions): Promise<Session> {
    const { Client } = await loadClient();
    const socket = new Socket();
    const config: ClientConfig = {
      ...(typeof address === 'string' ? { connectionString: address } : (address as ClientConfig)),
      application_name: options.applicationName,
      keepAlive: true,
      stream: () => socket,
    };
    const session = new Session(clientOf(Client, config), socket, options);
    await session.#inTime('connecting to PostgreSQL', () => session.#client.connect());
    return session;
  }

  /**
   * Runs one statement, or several without values.
   *
   * @throws LarderChangeFeedError whose cause is the server's error, if the server reported one
   */
  async query<Row>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]> {
    if (this.#fault !== undefined) throw this.#fault;
    const query = { text, ...(values && { values: [...values] }), ...(name && { name }) };
    const { rows } = await this.#inTime('a query of PostgreSQL', () => this.#client.query(query));
    return rows as Row[];
  }

  /** Runs `work` in a transaction. */
  async transaction(work: () => Promise<void>): Promise<void> {
    // A database, or a role, may be read-only by default.
    await this.query('begin read write');
    try {
      await work();
      await this.query('commit');
    } catch (error) {
      await this.query('rollback').catch(() => {});
      throw error;
    }
  }

  /** Closes the connection; waits for the server up to the timeout. */
  async close(): Promise<void> {
    if (this.#fault === undefined) await this.#inTime('leaving PostgreSQL', () => this.#client.end()).catch(() => {});
    this.#lose(unavailable('The connection to PostgreSQL was closed'));
  }

  async #inTime<T>(what: string, work: () => Promise<T>): Promise<T> {
    let cancel = () => {};
    const expired = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(this.#timeout, () => {
        const fault = new LarderChangeFeedError('timeout', `${what} took longer than ${this.#timeout} ms`);
        this.#lose(fault);
        reject(fault);
      });
    });
    try {
      return await Promise.race([work(), expired]);
    } catch (error) {
      if (error instanceof LarderChangeFeedError) throw error;
      if (isServerFault(error) && !isEnd(error)) throw refused(what, error);
      this.#lose(unavailable(`${what} failed`, error as Error));
      throw this.#fault;
    } finally {
      cancel();
    }
  }

  #lose(fault: LarderChangeFeedError): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#socket.destroy();
    this.onCall();
  }
}

function clientOf(Client: typeof import('pg').Client, config: ClientConfig): Client {
  try {
    return new Client(config);
  } catch (cause) {
    throw new LarderChangeFeedError('unavailable', 'The address of PostgreSQL cannot be read', { cause });
  }
}

async function loadClient(): Promise<typeof import('pg')> {
  const pg = await loadOptional('The change feed', 'pg', () => import('pg'));
  // A CommonJS module: bundlers and loaders differ in where they put its exports.
  return 'Client' in pg ? pg : (pg as unknown as { default: typeof import('pg') }).default;
}

function isServerFault(error: unknown): error is ServerFault {
  return error instanceof Error && 'code' in error && 'severity' in error;
}

/** Server errors that end a session: terminated by an administrator, server shutdown, too many connections, failed authentication. */
function isEnd({ code }: ServerFault): boolean {
  return /^(57P|08|53300|28)/.test(code);
}

function unavailable(problem: string, cause?: Error): LarderChangeFeedError {
  return new LarderChangeFeedError('unavailable', cause ? `${problem} (${cause.message})` : problem, { cause });
}

function refused(what: string, cause: ServerFault): LarderChangeFeedError {
  const { message, detail, hint } = cause;
  const said = [message, detail, hint].filter(Boolean).join('; ');
  return new LarderChangeFeedError('refused', `PostgreSQL refused ${what}: ${said}`, { cause });
}

/** Runs SQL on a connection that no other code uses at the same time. */
export interface Database {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
