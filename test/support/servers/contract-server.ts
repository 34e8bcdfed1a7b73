import { Redis } from 'ioredis';
import { RedisServer } from './redis-server.js';

/** The server that the contracts run against. */
export interface ContractServer {
  readonly url: string;
  command(...args: [string, ...string[]]): Promise<unknown>;
  stop(): Promise<void>;
}

/** The server at `LARDER_TEST_REDIS_URL`, see `npm run contracts`; otherwise one of their own. */
export async function contractServer(): Promise<ContractServer> {
  const url = process.env.LARDER_TEST_REDIS_URL;
  if (url === undefined) return RedisServer.start();
  const client = new Redis(url, { protocol: 2, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // The rejected call has the error too.
  client.on('error', () => {});
  await client.connect();
  return {
    url,
    command: (name, ...args) => client.call(name, ...args),
    stop: async () => client.disconnect(),
  };
}
