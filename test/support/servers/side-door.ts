import { Redis } from 'ioredis';

const ONCE = {
  host: '127.0.0.1',
  protocol: 2,
  lazyConnect: true,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} as const;

/** Sends one command over a new connection and returns the reply as RESP 2 encodes it. */
export async function sendOnce(port: number, [name, ...args]: readonly [string, ...string[]]): Promise<unknown> {
  const client = new Redis({ ...ONCE, port });
  let failure: unknown;
  // Without a listener ioredis prints the error of the rejected call as well, and in more detail.
  client.on('error', (error) => (failure = error));
  try {
    await client.connect();
    return await client.call(name, ...args);
  } catch (error) {
    throw failure ?? error;
  } finally {
    // ioredis starts a timer that never stops when it disconnects an ended client.
    if (client.status !== 'end') client.disconnect();
  }
}
