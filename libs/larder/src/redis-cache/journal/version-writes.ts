import { withTimeout } from '../../redis/command-timeout.js';
import type { Argument, Connection } from '../../redis/connection.js';
import type { DedicatedConnection } from './journal-follower.js';
import type { Table, TableStep } from './version-scripts.js';

export interface WriteReply {
  readonly reply: unknown;
  /** Whether enough servers have the write. */
  readonly delivered: boolean;
}

/** Sends scripts that change the table. */
export interface VersionWrites {
  run(script: TableStep, ...args: readonly Argument[]): Promise<WriteReply>;
  close(): void;
}

/** A write counts as delivered when the master has it. */
export class PlainWrites implements VersionWrites {
  readonly #connection: Connection;
  readonly #table: Table;

  constructor(connection: Connection, table: Table) {
    this.#connection = connection;
    this.#table = table;
  }

  run(script: TableStep, ...args: readonly Argument[]): Promise<WriteReply> {
    return script.run(this.#connection, this.#table, ...args).then((reply) => ({ reply, delivered: true }));
  }

  close(): void {}
}

/**
 * A write counts as delivered when a number of replicas have it too. These writes use a connection of their own, because `WAIT`
 * blocks later commands on its connection.
 */
export class ReplicatedWrites implements VersionWrites {
  readonly #connect: () => Promise<DedicatedConnection>;
  readonly #table: Table;
  readonly #timeout: number;
  readonly #replicas: number;
  #connection: Promise<DedicatedConnection> | undefined;

  /** @param timeout of the script, and again of the replicas, in milliseconds */
  constructor(connect: () => Promise<DedicatedConnection>, table: Table, timeout: number, replicas: number) {
    this.#connect = connect;
    this.#table = table;
    this.#timeout = timeout;
    this.#replicas = replicas;
  }

  async run(script: TableStep, ...args: readonly Argument[]): Promise<WriteReply> {
    this.#connection ??= withTimeout(this.#connect(), this.#timeout, 'The connection for writes');
    const opened = this.#connection;
    try {
      const connection = await opened;
      const reply = await withTimeout(script.run(connection, this.#table, ...args), this.#timeout, 'EVALSHA');
      const wait = connection.call('WAIT', this.#replicas, this.#timeout);
      const replicas = await withTimeout(wait, 2 * this.#timeout, 'WAIT');
      return { reply, delivered: Number(replicas) >= this.#replicas };
    } catch (error) {
      this.#forget(opened);
      throw error;
    }
  }

  close(): void {
    if (this.#connection !== undefined) this.#forget(this.#connection);
  }

  #forget(opened: Promise<DedicatedConnection>): void {
    if (this.#connection === opened) this.#connection = undefined;
    opened.then(
      (connection) => connection.disconnect(),
      () => {},
    );
  }
}
