import { Redis } from 'ioredis';

const ONCE = {
  host: '127.0.0.1',
  protocol: 2,
  lazyConnect: true,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} as const;

/** Sends one command over a connection of its own and answers the reply, as plain as RESP 2 has it. */
export async function sendOnce(port: number, [name, ...args]: readonly [string, ...string[]]): Promise<unknown> {
  const client = new Redis({ ...ONCE, port });
  let failure: unknown;
  // Without a listener ioredis prints what the rejected call says anyway; and the call says less.
  client.on('error', (error) => (failure = error));
  try {
    await client.connect();
    return await client.call(name, ...args);
  } catch (error) {
    throw failure ?? error;
  } finally {
    // Asked to end what has ended, ioredis starts a timer that nothing stops.
    if (client.status !== 'end') client.disconnect();
  }
}
