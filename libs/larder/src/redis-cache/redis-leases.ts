import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Lease, Leases } from '../cache/shared-tier/leases.js';
import { RELEASE, RENEW, TAKE } from '../redis/lock.js';
import type { RedisClient } from '../redis/redis-client.js';
import { leaseKey } from './redis-keys.js';
import { RequestBatcher } from './request-batcher.js';

/** TTL of a lease whose process has died, in milliseconds. */
const LEASE_TTL = 2000;
const RENEW_INTERVAL = 600;
/** Maximum leases of one script: more would block other clients of Redis. */
const MAX_LEASES = 500;
/** The reply of the script for a key that it took. */
const TAKEN = 0x31;

/** A caller that waits for a lease. */
interface Waiting {
  readonly key: string;
  readonly resolve: (lease: Lease | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Leases in Redis: keys with a TTL that their holders renew. Except in a cluster, where each key may be on another server, the
 * leases of one turn of the event loop are taken by one script.
 */
export class RedisLeases implements Leases {
  readonly lasts = LEASE_TTL;
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #batcher = new RequestBatcher<Waiting>((waiting) => this.#take(waiting), MAX_LEASES);

  constructor(redis: RedisClient, prefix: string, clock: Clock) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  take(id: string, generation: number): Promise<Lease | undefined> {
    const key = leaseKey(this.#prefix, id, generation);
    return new Promise((resolve, reject) => this.#batcher.ask({ key, resolve, reject }));
  }

  #take(waiting: readonly Waiting[]): void {
    if (waiting.length === 1 || this.#redis.isCluster) for (const one of waiting) this.#takeOne(one);
    else this.#takeAll(waiting);
  }

  #takeOne({ key, resolve, reject }: Waiting): void {
    const token = randomUUID();
    this.#redis.call('SET', key, token, 'NX', 'PX', LEASE_TTL).then((reply) => {
      resolve(reply === null ? undefined : new HeldLeases(this.#redis, this.#clock, token).hold(key));
    }, reject);
  }

  #takeAll(waiting: readonly Waiting[]): void {
    const token = randomUUID();
    const keys = waiting.map(({ key }) => key);
    TAKE.run(this.#redis, keys, [token, LEASE_TTL]).then(
      (reply) => {
        const held = new HeldLeases(this.#redis, this.#clock, token);
        waiting.forEach(({ key, resolve }, place) => {
          resolve((reply as Buffer)[place] === TAKEN ? held.hold(key) : undefined);
        });
      },
      (error) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}

/** Leases that were taken together: one timer renews those that are still held. */
class HeldLeases {
  readonly #redis: RedisClient;
  readonly #clock: Clock;
  readonly #token: string;
  readonly #keys = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(redis: RedisClient, clock: Clock, token: string) {
    this.#redis = redis;
    this.#clock = clock;
    this.#token = token;
  }

  hold(key: string): Lease {
    this.#keys.add(key);
    this.#cancel ??= this.#clock.after(RENEW_INTERVAL, this.#renew);
    return new HeldLease(this, key);
  }

  /** Renews a lease no longer. */
  lapse(key: string): void {
    this.#keys.delete(key);
    if (this.#keys.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async release(key: string): Promise<void> {
    this.lapse(key);
    await RELEASE.run(this.#redis, [key], [this.#token]).catch(() => {});
  }

  readonly #renew = (): void => {
    for (const key of this.#keys) {
      // The next renewal makes up for a failed one; a lease that expires early costs a second load.
      void RENEW.run(this.#redis, [key], [this.#token, LEASE_TTL]).catch(() => {});
    }
    this.#cancel = this.#clock.after(RENEW_INTERVAL, this.#renew);
  };
}

class HeldLease implements Lease {
  readonly #held: HeldLeases;
  readonly #key: string;

  constructor(held: HeldLeases, key: string) {
    this.#held = held;
    this.#key = key;
  }

  lapse(): void {
    this.#held.lapse(this.#key);
  }

  release(): Promise<void> {
    return this.#held.release(this.#key);
  }
}
