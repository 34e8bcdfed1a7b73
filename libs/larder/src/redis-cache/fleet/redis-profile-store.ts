import { randomBytes } from 'node:crypto';
import type { Connection } from '../../redis/connection.js';
import { HEAL, Script } from '../../redis/script.js';
import type { ProfileStore, StoredProfile } from '../../warming/profile/profile-store.js';

/** Milliseconds without a process that writes, after which what was learned is removed. */
const LIFE = 60 * 86_400_000;

const READ = new Script(`#!lua
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {false, false} end
return redis.call('HMGET', KEYS[1], 'revision', 'bytes')
`);

/** Arguments: `revision, next revision, bytes`. */
const WRITE = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'bytes', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ${LIFE})
return 1
`);

/** What predictive warming learned, in one key of Redis. */
export class RedisProfileStore implements ProfileStore {
  readonly #redis: Connection;
  readonly #key: string;

  constructor(redis: Connection, prefix: string) {
    this.#redis = redis;
    this.#key = `${prefix}:fleet:demand`;
  }

  async read(): Promise<StoredProfile | undefined> {
    const [revision, bytes] = (await READ.run(this.#redis, [this.#key], [])) as readonly unknown[];
    if (revision === null || !(bytes instanceof Uint8Array)) return undefined;
    return { revision: String(revision), bytes };
  }

  async write(bytes: Uint8Array, revision = ''): Promise<boolean> {
    const next = randomBytes(9).toString('base64url');
    return Number(await WRITE.run(this.#redis, [this.#key], [revision, next, Buffer.from(bytes)])) === 1;
  }
}
