import { register } from 'node:module';

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

const TESTS = new URL('../../../test/', import.meta.url);

/** Starts a server as the tests do; resolves when it answers. */
export async function startPostgres(): Promise<StartedPostgres> {
  const { PostgresServer } = (await load('support/servers/postgres-server.ts')) as {
    PostgresServer: { start(): Promise<StartedPostgres> };
  };
  return PostgresServer.start();
}

export async function startNode(options: NodeOptions): Promise<FeedNode> {
  const { NodeProcess } = (await load('support/change-feed/node-process.ts')) as {
    NodeProcess: { start(options: NodeOptions): Promise<FeedNode> };
  };
  return NodeProcess.start(options);
}

/** The tests are compiled as they are loaded, so that nothing of them is compiled into the folder of the benchmarks. */
function load(file: string): Promise<unknown> {
  register('./support/typescript-hooks.mjs', TESTS);
  return import(new URL(file, TESTS).href);
}
