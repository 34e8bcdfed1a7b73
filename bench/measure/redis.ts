/** A Redis for one benchmark. It stores nothing on disk and ends with the process that started it. */
export interface StartedRedis {
  readonly url: string;
  /** Keeps its connections, but answers nothing until it is resumed. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash does; {@link restart} starts it on the same port. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Servers {
  readonly RedisServer: { start(): Promise<StartedRedis> };
}

/** The helpers of the tests, compiled by `npm run programs`. */
export const SUPPORT = new URL('../../../test/dist/test/support/', import.meta.url);

let servers: Promise<Servers> | undefined;

/** Starts a server as the tests do; resolves when it accepts connections. */
export async function startRedis(): Promise<StartedRedis> {
  servers ??= import(new URL('servers/redis-server.js', SUPPORT).href) as Promise<Servers>;
  return (await servers).RedisServer.start();
}
