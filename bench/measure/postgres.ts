import { SUPPORT } from './redis.js';

/** A PostgreSQL for one benchmark. It ends with the process that started it. */
export interface StartedPostgres {
  readonly url: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** A process with a cache and a change feed, as in the tests. */
export interface FeedNode {
  /** The state of its feed after the start. */
  readonly state: string;
  read(ids: readonly number[]): Promise<readonly (number | null)[]>;
  /** Resolves with the time (`Date.now`) when a read of the row first returned another value. */
  seesOther(id: number, value: number): Promise<number>;
  kill(): Promise<void>;
}

interface NodeOptions {
  readonly database: string;
  readonly url: string;
  readonly redis: string;
  readonly keyPrefix: string;
}

/** Starts a server as the tests do; resolves when it accepts connections. */
export async function startPostgres(): Promise<StartedPostgres> {
  const { PostgresServer } = (await load('servers/postgres-server.js')) as {
    PostgresServer: { start(): Promise<StartedPostgres> };
  };
  return PostgresServer.start();
}

export async function startNode(options: NodeOptions): Promise<FeedNode> {
  const { NodeProcess } = (await load('change-feed/node-process.js')) as {
    NodeProcess: { start(options: NodeOptions): Promise<FeedNode> };
  };
  return NodeProcess.start(options);
}

function load(file: string): Promise<unknown> {
  return import(new URL(file, SUPPORT).href);
}
