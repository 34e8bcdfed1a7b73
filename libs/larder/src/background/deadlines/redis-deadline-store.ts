import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { CLAIM_TTL, whileClaimed } from '../../redis/batches/batch-claims.js';
import { BatchKeys } from '../../redis/batches/batch-keys.js';
import type { Connection } from '../../redis/connection.js';
import { CANCEL, GIVE_BACK, REMOVE, RESTORED, SIZE, STATE, TAKE, TRACK } from './deadline-scripts.js';
import type { DeadlineStore, DeadlineUpdate, Due } from './deadline-store.js';

const BATCH_SIZE = 1000;
/** How long one process may restore before another one may, in milliseconds. */
const RESTORE_LEASE_TTL = 60_000;

/** Deadlines in Redis, of all processes: a sorted set of tracked ids, and one for each batch that is being expired. */
export class RedisDeadlineStore implements DeadlineStore {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #claimTtl: number;
  readonly #due: string;
  readonly #batches: string;
  readonly #batchKeys: BatchKeys;
  readonly #versionKey: string;
  readonly #epochKey: string;
  readonly #restoringKey: string;
  /** The mark of the last complete restore known to this process. */
  #epoch: string | undefined;
  /** The highest version that this process has seen. */
  #version = 0;
  /** The highest version of a change that this process made since its last check. */
  #changedTo = 0;
  #isOlder = false;

  /** @param claimTtl how long a batch stays claimed after its process has died, in milliseconds */
  constructor(connection: Connection, prefix: string, name: string, clock: Clock, claimTtl = CLAIM_TTL) {
    this.#connection = connection;
    this.#clock = clock;
    this.#claimTtl = claimTtl;
    const tag = `{${prefix}:deadline:${name}}`;
    this.#due = `${tag}:due`;
    this.#batches = `${tag}:batches`;
    this.#batchKeys = new BatchKeys(connection, `${tag}:batch:`);
    this.#versionKey = `${tag}:version`;
    this.#epochKey = `${tag}:epoch`;
    this.#restoringKey = `${tag}:restoring`;
  }

  async track(id: string, at: number): Promise<DeadlineUpdate> {
    return this.#changed(await this.#batchKeys.run(TRACK, this.#keys, [id, at, '0']));
  }

  async extend(id: string, at: number): Promise<DeadlineUpdate> {
    return this.#changed(await this.#batchKeys.run(TRACK, this.#keys, [id, at, '1']));
  }

  async cancel(id: string): Promise<DeadlineUpdate> {
    return this.#changed(await this.#batchKeys.run(CANCEL, this.#keys, [id]));
  }

  async dueBy(at: number, limit: number): Promise<readonly Due[]> {
    const range = [this.#due, '-inf', at, 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES'] as const;
    return pairs(await this.#connection.call('ZRANGE', ...range));
  }

  async size(): Promise<number> {
    return Number(await this.#batchKeys.run(SIZE, this.#keys, []));
  }

  async *all(): AsyncIterable<readonly Due[]> {
    let cursor = '0';
    do {
      const reply = await this.#connection.call('ZSCAN', this.#due, cursor, 'COUNT', BATCH_SIZE);
      const [next, found] = reply as readonly [unknown, unknown];
      yield pairs(found);
      cursor = String(next);
    } while (cursor !== '0');
  }

  async remove({ id, at }: Due): Promise<boolean> {
    return (await REMOVE.run(this.#connection, [this.#due], [id, at])) === 1;
  }

  async expire(expire: (ids: string[]) => Promise<void>): Promise<number> {
    const failed = new Map<string, unknown>();
    let expired = '';
    let count = 0;
    for (;;) {
      const [batch, ids] = await this.#take(expired, [...failed.keys()]);
      if (batch === undefined) break;
      expired = '';
      try {
        await this.#whileClaimed(batch, () => expire([...ids]));
        expired = batch;
        count += ids.length;
      } catch (error) {
        failed.set(batch, error);
        // If this fails, the claim expires.
        await GIVE_BACK.run(this.#connection, this.#keys, [batch]).catch(() => {});
      }
    }
    for (const error of failed.values()) throw error;
    return count;
  }

  async isToBeRestored(): Promise<boolean> {
    if (await this.#isSound()) return false;
    const lease = await this.#connection.call('SET', this.#restoringKey, '1', 'NX', 'PX', RESTORE_LEASE_TTL);
    if (lease === null) return false;
    // Another process may have restored everything between the check and the lease.
    if (!(await this.#isSound())) return true;
    await this.restored(false);
    return false;
  }

  async restored(isDone: boolean): Promise<void> {
    if (!isDone) {
      await this.#connection.call('DEL', this.#restoringKey);
      return;
    }
    const epoch = randomUUID();
    await RESTORED.run(this.#connection, [this.#epochKey, this.#restoringKey], [epoch]);
    this.#adopt(epoch, 0);
  }

  /** Whether Redis has a complete restore, and every change that this process knows of. */
  async #isSound(): Promise<boolean> {
    const keys = [this.#due, this.#versionKey, this.#epochKey];
    const [epoch, version] = (await STATE.run(this.#connection, keys, [])) as readonly [unknown, unknown];
    // A change of this process that is newer than the restore of another one may have been lost since.
    if (Number(version) < this.#changedTo) this.#isOlder = true;
    else if (String(epoch) !== '' && String(epoch) !== this.#epoch) this.#adopt(String(epoch), Number(version));
    const isSound = String(epoch) !== '' && Number(version) >= this.#version && !this.#isOlder;
    this.#version = Math.max(this.#version, Number(version));
    this.#isOlder = !isSound;
    if (isSound) this.#changedTo = 0;
    return isSound;
  }

  /** Starts with the versions of a new restore: earlier versions do not count any more. */
  #adopt(epoch: string, version: number): void {
    this.#epoch = epoch;
    this.#version = version;
    this.#changedTo = 0;
    this.#isOlder = false;
  }

  /** A version that was seen before means that Redis has older data. */
  #changed(reply: unknown): DeadlineUpdate {
    const [changed, version] = reply as readonly [unknown, unknown?];
    if (version !== undefined) {
      if (Number(version) <= this.#version) this.#isOlder = true;
      this.#version = Math.max(this.#version, Number(version));
      this.#changedTo = Math.max(this.#changedTo, Number(version));
    }
    return String(changed) as DeadlineUpdate;
  }

  get #keys(): readonly string[] {
    return [this.#due, this.#batches, this.#versionKey];
  }

  /** @param expired the previous batch, which is deleted in the same step */
  async #take(expired: string, passedOver: readonly string[]): Promise<readonly [string | undefined, string[]]> {
    const made = randomUUID();
    const keys = [...this.#keys, ...[made, expired].filter((id) => id !== '').map((id) => this.#batchKeys.keyOf(id))];
    const args = [made, this.#claimTtl, BATCH_SIZE, expired, ...passedOver];
    const [batch, ids] = (await this.#batchKeys.run(TAKE, keys, args)) as readonly [unknown?, unknown[]?];
    return batch === undefined ? [undefined, []] : [String(batch), (ids ?? []).map(String)];
  }

  #whileClaimed(id: string, work: () => Promise<void>): Promise<void> {
    const [connection, batches, clock, claimTtl] = [this.#connection, this.#batches, this.#clock, this.#claimTtl];
    return whileClaimed({ connection, batches, id, clock, claimTtl }, work);
  }
}

/** The client returns a flat list or a list of pairs, depending on the protocol. */
function pairs(reply: unknown): Due[] {
  const flat = (reply as readonly unknown[]).flat();
  return Array.from({ length: flat.length / 2 }, (_, n) => ({ id: String(flat[2 * n]), at: Number(flat[2 * n + 1]) }));
}
