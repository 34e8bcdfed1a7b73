import type { Tier, TierEntry } from '../cache/tier.js';
import type { Clock } from '../clock.js';
import { LarderRedisError } from '../errors.js';
import type { RedisAccess } from '../redis/access.js';
import { Coalesced } from '../redis/coalesced.js';
import type { Connection } from '../redis/connection.js';
import { entryKey, idOfEntryKey } from './redis-keys.js';

/** Keys of one `MGET`: more of them would hold up other clients of Redis. */
const MOST_KEYS = 500;
/** Keys looked at in one step of a search. */
const SCAN_COUNT = 1000;
/** How long a search may take, in milliseconds. */
const LONGEST_SEARCH = 5000;

type Bytes = Uint8Array | undefined;

/** Entries in Redis, as plain strings. What is asked for in one turn is asked in one command. */
export class RedisTier implements Tier {
  readonly #access: RedisAccess;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #reads = new Coalesced<readonly string[], readonly Bytes[]>((questions) => this.#answer(questions));

  /** @param prefix first part of every name */
  constructor(access: RedisAccess, prefix: string, clock: Clock) {
    this.#access = access;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  getMany(ids: readonly string[]): Promise<readonly Bytes[]> {
    return this.#reads.ask(ids);
  }

  async setMany(entries: readonly TierEntry[]): Promise<void> {
    const commands = entries.flatMap(({ id, bytes, ttl }) => {
      if (ttl < 1) return [];
      const expiry = ttl === Number.POSITIVE_INFINITY ? [] : ['PX', Math.floor(ttl)];
      return [
        ['SET', entryKey(this.#prefix, id), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), ...expiry],
      ];
    });
    if (commands.length > 0) await this.#access.callAll(commands as [string][]);
  }

  async *search(glob: string): AsyncIterable<readonly string[]> {
    const until = this.#clock.elapsed() + LONGEST_SEARCH;
    for (const master of this.#access.masters()) yield* this.#scan(master, glob, until);
  }

  async close(): Promise<void> {
    this.#access.close();
  }

  async #answer(questions: readonly (readonly string[])[]): Promise<readonly (readonly Bytes[])[]> {
    const [first] = questions;
    if (first !== undefined && questions.length === 1) return [await this.#read(first)];
    const places = new Map<string, number>();
    for (const ids of questions) {
      for (const id of ids) if (!places.has(id)) places.set(id, places.size);
    }
    const found = await this.#read([...places.keys()]);
    return questions.map((ids) => ids.map((id) => found[places.get(id) as number]));
  }

  async #read(ids: readonly string[]): Promise<readonly Bytes[]> {
    if (ids.length === 0) return [];
    // In a cluster each key goes to its own server, and what goes to one server goes without waiting.
    const size = this.#access.isCluster ? 1 : MOST_KEYS;
    const keys = ids.map((id) => entryKey(this.#prefix, id));
    if (keys.length <= size) return valuesIn(await this.#access.call('MGET', ...keys));
    const portions = Array.from({ length: Math.ceil(keys.length / size) }, (_, n) =>
      keys.slice(n * size, (n + 1) * size),
    );
    return (await this.#access.callAll(portions.map((names) => ['MGET', ...names]))).flatMap(valuesIn);
  }

  async *#scan(master: Connection, glob: string, until: number): AsyncIterable<readonly string[]> {
    const match = entryKey(this.#prefix, glob.replace(/[?[\]\\^]/g, '\\$&'));
    let cursor = '0';
    do {
      if (this.#clock.elapsed() > until) throw new LarderRedisError('timeout', `The search for ${glob} took too long`);
      const reply = await master.call('SCAN', cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
      const [next, keys] = reply as readonly [Buffer, readonly Buffer[]];
      yield keys.map((key) => idOfEntryKey(this.#prefix, key.toString()));
      cursor = next.toString();
    } while (cursor !== '0');
  }
}

function valuesIn(reply: unknown): Bytes[] {
  return (reply as readonly (Buffer | null)[]).map((value) => value ?? undefined);
}
