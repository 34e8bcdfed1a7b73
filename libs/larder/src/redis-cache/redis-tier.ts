import type { Clock } from '../base/clock.js';
import { LarderRedisError } from '../base/errors.js';
import type { TierEntry } from '../cache/entries/tier-entry.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { Connection } from '../redis/connection.js';
import type { RedisClient } from '../redis/redis-client.js';
import { Script } from '../redis/script.js';
import { entryKey, idOfEntryKey } from './redis-keys.js';
import { OnePerTurn, RequestBatcher } from './request-batcher.js';
import { MAX_SCRIPT_BYTES, type StoredEntry, storedEntry } from './stored-entry.js';

/** Arguments: `bytes, TTL (ms) or ''` of each key. Takes this process half the time of a command for each. */
const SET_ALL = new Script(`#!lua
for at, key in ipairs(KEYS) do
  local bytes, ttl = ARGV[2 * at - 1], ARGV[2 * at]
  if ttl == '' then redis.call('SET', key, bytes) else redis.call('SET', key, bytes, 'PX', ttl) end
end
`);

/** Maximum keys of one `MGET`: more would block other clients of Redis. */
const MAX_KEYS = 500;
/** Maximum callers served by one command: this process decodes one reply while Redis prepares the next. */
const MAX_CALLERS = 32;
/** `COUNT` of one `SCAN` step. */
const SCAN_COUNT = 1000;
/** Timeout of a search, in milliseconds. */
const SEARCH_TIMEOUT = 5000;

type Bytes = Uint8Array | undefined;

/** A caller that waits for entries. */
interface Waiting {
  readonly ids: readonly string[];
  readonly resolve: (found: readonly Bytes[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries in Redis, as plain strings. Reads of one turn of the event loop are batched into few commands. */
export class RedisTier implements Tier {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #batcher = new RequestBatcher<Waiting>((waiting) => this.#answer(waiting), MAX_CALLERS);
  readonly #answers = new OnePerTurn();

  /** @param prefix of every name in Redis */
  constructor(redis: RedisClient, prefix: string, clock: Clock) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  getMany(ids: readonly string[]): Promise<readonly Bytes[]> {
    return new Promise((resolve, reject) => this.#batcher.ask({ ids, resolve, reject }));
  }

  async setMany(entries: readonly TierEntry[]): Promise<void> {
    const stored = entries.filter(({ ttl }) => ttl >= 1).map((entry) => storedEntry(this.#prefix, entry));
    if (stored.length === 1 || this.#redis.isCluster) await this.#setEach(stored);
    else await Promise.all(portionsOf(stored).map((portion) => this.#setTogether(portion)));
  }

  async #setEach(entries: readonly StoredEntry[]): Promise<void> {
    const commands = entries.map(({ key, bytes, ttl }) => ['SET', key, bytes, ...(ttl === '' ? [] : ['PX', ttl])]);
    const [first] = commands as [string][];
    if (commands.length === 1 && first !== undefined) await this.#redis.call(...first);
    else if (commands.length > 0) await this.#redis.callAll(commands as [string][]);
  }

  async #setTogether(entries: readonly StoredEntry[]): Promise<void> {
    const keys = entries.map(({ key }) => key);
    await SET_ALL.run(
      this.#redis,
      keys,
      entries.flatMap(({ bytes, ttl }) => [bytes, ttl]),
    );
  }

  async *search(glob: string): AsyncIterable<readonly string[]> {
    const until = this.#clock.elapsed() + SEARCH_TIMEOUT;
    for (const master of this.#redis.masters()) yield* this.#scan(master, glob, until);
  }

  async close(): Promise<void> {
    this.#redis.close();
  }

  #answer(waiting: readonly Waiting[]): void {
    const [first] = waiting;
    if (waiting.length === 1 && first?.ids.length === 1) this.#answerOne(first);
    else void this.#answerAll(waiting);
  }

  #answerOne({ ids: [id], resolve, reject }: Waiting): void {
    this.#redis.call('get', entryKey(this.#prefix, id as string)).then(
      (value) => resolve([(value ?? undefined) as Bytes]),
      // The key holds another type: a miss, as for `MGET`. `GET` is cheaper, but fails on another type.
      (error) => (isWrongType(error) ? resolve([undefined]) : reject(error)),
    );
  }

  async #answerAll(waiting: readonly Waiting[]): Promise<void> {
    try {
      const keys: string[] = [];
      for (const { ids } of waiting) for (const id of ids) keys.push(entryKey(this.#prefix, id));
      const found = await this.#read(keys);
      this.#answers.run(() => {
        let start = 0;
        for (const { ids, resolve } of waiting) {
          resolve(found.slice(start, start + ids.length));
          start += ids.length;
        }
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #read(keys: readonly string[]): Promise<readonly Bytes[]> {
    if (keys.length === 0) return [];
    // In a cluster each key may be on another server; the client pipelines the commands to each.
    const size = this.#redis.isCluster ? 1 : MAX_KEYS;
    if (keys.length <= size) return valuesIn(await this.#redis.call('mget', ...keys));
    const portions = Array.from({ length: Math.ceil(keys.length / size) }, (_, n) =>
      keys.slice(n * size, (n + 1) * size),
    );
    return (await this.#redis.callAll(portions.map((names) => ['mget', ...names]))).flatMap(valuesIn);
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

function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

/** Divides entries by the limits of one script. */
function portionsOf(entries: readonly StoredEntry[]): readonly (readonly StoredEntry[])[] {
  const portions: StoredEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const portion = portions.at(-1);
    bytes += entry.bytes.length;
    if (portion !== undefined && portion.length < MAX_KEYS && bytes <= MAX_SCRIPT_BYTES) portion.push(entry);
    else {
      portions.push([entry]);
      bytes = entry.bytes.length;
    }
  }
  return portions;
}

function valuesIn(reply: unknown): Bytes[] {
  return (reply as readonly (Buffer | null)[]).map((value) => value ?? undefined);
}
