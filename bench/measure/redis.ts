import { register } from 'node:module';

/** A Redis of a benchmark's own. It keeps nothing on disk and ends with the process that started it. */
export interface StartedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

interface Servers {
  readonly RedisServer: { start(): Promise<StartedRedis> };
}

const TESTS = new URL('../../../test/', import.meta.url);

let servers: Promise<Servers> | undefined;

/** Starts a server as the tests do; resolves when it answers. */
export async function startRedis(): Promise<StartedRedis> {
  servers ??= loadServers();
  return (await servers).RedisServer.start();
}

/** The tests are compiled as they are loaded, so that nothing of them is compiled into the folder of the benchmarks. */
function loadServers(): Promise<Servers> {
  register('./support/typescript-hooks.mjs', TESTS);
  return import(new URL('support/servers/redis-server.ts', TESTS).href) as Promise<Servers>;
}
