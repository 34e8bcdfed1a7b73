import { SUPPORT } from './redis.js';

/** A PostgreSQL of a benchmark's own, which ends with the process that started it. */
export interface StartedPostgres {
  readonly url: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** A process with a cache and a change feed, as the tests have it. */
export interface FeedNode {
  /** What its feed was doing when it had started. */
  readonly state: string;
  read(ids: readonly number[]): Promise<readonly (number | null)[]>;
  /** Resolves with the moment (`Date.now`) when a read of a row first answered something else. */
  seesOther(id: number, value: number): Promise<number>;
  kill(): Promise<void>;
}

interface NodeOptions {
  readonly database: string;
  readonly url: string;
  readonly redis: string;
  readonly keyPrefix: string;
}

/** Starts a server as the tests do; resolves when it answers. */
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
