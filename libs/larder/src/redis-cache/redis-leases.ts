import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Lease, Leases } from '../cache/shared-tier/leases.js';
import type { Connection } from '../redis/connection.js';
import { RELEASE, RENEW } from '../redis/lock.js';
import { leaseKey } from './redis-keys.js';

/** TTL of a lease whose process has died, in milliseconds. */
const LEASE_TTL = 2000;
const RENEW_INTERVAL = 600;

/** Leases in Redis: keys with a TTL that their holders renew. */
export class RedisLeases implements Leases {
  readonly lasts = LEASE_TTL;
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(connection: Connection, prefix: string, clock: Clock) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  async take(id: string, generation: number): Promise<Lease | undefined> {
    const key = leaseKey(this.#prefix, id, generation);
    const token = randomUUID();
    const taken = await this.#connection.call('SET', key, token, 'NX', 'PX', LEASE_TTL);
    return taken === null ? undefined : this.#hold(key, token);
  }

  #hold(key: string, token: string): Lease {
    let cancel = () => {};
    const renew = () => {
      // The next renewal makes up for a failed one; a lease that expires early costs a second load.
      void RENEW.run(this.#connection, [key], [token, LEASE_TTL]).catch(() => {});
      cancel = this.#clock.after(RENEW_INTERVAL, renew);
    };
    cancel = this.#clock.after(RENEW_INTERVAL, renew);
    return {
      lapse: () => cancel(),
      release: async () => {
        cancel();
        await RELEASE.run(this.#connection, [key], [token]).catch(() => {});
      },
    };
  }
}
