/** An argument of a command. */
export type Argument = string | number | Buffer;

/** Sends commands to Redis. Bulk strings in replies are buffers, so that binary values stay intact. */
export interface Connection {
  call(command: string, ...args: readonly Argument[]): Promise<unknown>;
}

/** Why a connection cannot be used. */
interface Faults {
  /** A clause that names the server and the reason; `undefined` if it can be used. */
  readonly problem: string | undefined;
  /** A clause that names the server, an error and the likely remedy. */
  describe(error: unknown): string;
}

/** A connection of its own that ends with its first fault. */
export interface DedicatedClient {
  readonly connection: Connection;
  readonly faults: Faults;
  close(): void;
}

/**
 * An open Redis: one server, behind Sentinels, or a cluster. Each client library has an implementation. An error reply of Redis
 * rejects with an error whose `name` is `ReplyError`; any other rejection is a fault of the connection.
 */
export interface OpenRedis {
  /** For commands on any key. Commands never wait for a connection, and are never sent twice. */
  readonly connection: Connection;
  /** Whether keys are distributed over several servers. */
  readonly isCluster: boolean;
  /** `ready` when commands can be sent; `reconnecting` after a failed attempt; `end` after `close`. */
  readonly status: string;
  /** Why it cannot be used. */
  readonly faults: Faults;
  /** A dedicated connection to the master that has a key, for blocking commands. It connects lazily, and only once. */
  dedicate(key: string): Promise<DedicatedClient>;
  /** Connections to every master. */
  masters(): readonly Connection[];
  /** Connects to the server that the address leads to now; a cluster client follows its servers by itself. */
  reconnect(): void;
  /** Closes the connections. */
  close(): void;
}
