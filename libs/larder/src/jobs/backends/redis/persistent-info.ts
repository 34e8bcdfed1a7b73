import { type Clock, sleep } from '../../../base/clock.js';
import type { OpenIoredis } from '../../../redis/client/ioredis.js';
import { isReply } from '../../../redis/redis-client.js';

type Client = OpenIoredis['client'];

/** Between two attempts, in milliseconds. */
const RETRY_DELAY = 500;

/**
 * Repeats `INFO` on a client and its duplicates until Redis replies, or the client is closed. BullMQ sends it once per connection, to
 * learn the version, and if the connection is lost meanwhile, never uses the client again.
 *
 * @param stopping ends the attempts: BullMQ closes a connection only after `INFO` has ended
 * @param copies receives the duplicates that are not closed: BullMQ leaves one open whose `INFO` has failed
 */
export function persistInfo(client: Client, clock: Clock, stopping: AbortSignal, copies: Set<Client>): void {
  const info = client.info.bind(client) as (...args: unknown[]) => Promise<string>;
  const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => Client;
  const persist = async (): Promise<string> => {
    for (;;) {
      try {
        return await info();
      } catch (error) {
        if (isReply(error) || client.status === 'end' || stopping.aborted) throw error;
      }
      await sleep(clock, RETRY_DELAY);
    }
  };
  Object.assign(client, {
    // The client's own check passes a callback, and is part of each attempt to connect.
    info: (...args: unknown[]) => (args.length > 0 ? info(...args) : persist()),
    duplicate: (...args: unknown[]) => {
      const copy = duplicate(...args);
      persistInfo(copy, clock, stopping, copies);
      copies.add(copy);
      copy.once('end', () => copies.delete(copy));
      return copy;
    },
  });
}
