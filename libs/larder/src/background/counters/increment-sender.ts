import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.js';
import { LarderCounterError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import type { Argument, Connection } from '../../redis/connection.js';
import { HEAL, Script } from '../../redis/script.js';
import { DONE } from './counter-store.js';
import type { ShardKeys } from './redis-shard.js';

/** Keys sent in one command. */
const BATCH_SIZE = 1000;
/** The most keys kept while Redis is away. */
const MAX_KEYS = 1_000_000;
const MIN_RETRY_DELAY = 20;
const MAX_RETRY_DELAY = 500;
/** How long Redis remembers the number of a process's last batch, in seconds. */
const BATCH_ID_TTL = 7 * 86_400;

/**
 * `number of the batch, seconds, key, count…`: adds the counts, unless the batch was added before. Must not fail half-way.
 */
const ADD = new Script(`#!lua
${HEAL}
heal(KEYS[2], 'string')
local last = tonumber(redis.call('GET', KEYS[2]) or 0) or 0
if tonumber(ARGV[1]) <= last then return 0 end
heal(KEYS[1], 'hash')
for at = 3, #ARGV, 2 do
  local reply = redis.pcall('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1])
  if type(reply) == 'table' and reply.err then redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
`);

/** The count of a key that is still in this process. */
export interface KeptCount {
  /** What was not sent yet. */
  readonly unsent: number;
  /** What was sent with {@link number}, and is not confirmed yet. */
  readonly sent: number;
  /** The number of the last batch that was sent. */
  readonly number: number;
}

/** Increments that are sent together. */
class IncrementBatch {
  readonly counts = new Map<string, number>();
  readonly sent: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor() {
    this.sent = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Callers need not await it.
    this.sent.catch(() => {});
  }
}

export interface IncrementSenderOptions {
  readonly connection: Connection;
  readonly keys: ShardKeys;
  readonly clock: Clock;
  /** Milliseconds that increments may stay in this process; 0: until the end of the turn. */
  readonly window: number;
  readonly report: (error: unknown) => void;
}

/**
 * Sends the increments of this process to Redis: those of one turn, or of one window, in one batch. Batches are numbered, so
 * an unconfirmed batch is resent and counts once.
 */
export class IncrementSender {
  /** Where Redis remembers the number of the last batch of this process that it has added. */
  readonly name: string;
  readonly #options: IncrementSenderOptions;
  #number = 0;
  /** The increments that were sent with the last number, and are not confirmed yet. */
  #sending: ReadonlyMap<string, number> | undefined;
  #next = new IncrementBatch();
  #underWay: IncrementBatch | undefined;
  #isPlanned = false;
  #isClosed = false;
  /** Whether to send the next batch right after the running one. */
  #isHurried = false;
  readonly #send = () => void this.#sendAll();

  constructor(options: IncrementSenderOptions) {
    this.#options = options;
    this.name = options.keys.sender + randomUUID();
  }

  add(key: string, count: number): Promise<void> {
    const batch = this.#next;
    const { counts } = batch;
    const before = counts.get(key);
    if (before === undefined && (counts.size >= MAX_KEYS || this.#isClosed)) return this.#refuse();
    counts.set(key, (before ?? 0) + count);
    if (!this.#isPlanned) this.#plan();
    return this.#options.window > 0 ? DONE : batch.sent;
  }

  /** The count of a key that is still in this process, as far as this process knows. */
  pending(key: string): KeptCount {
    const sent = this.#sending?.get(key) ?? 0;
    const kept = (this.#next.counts.get(key) ?? 0) + (this.#underWay?.counts.get(key) ?? 0);
    return { unsent: kept - sent, sent, number: this.#number };
  }

  /** How many keys have counts in this process. A key that is being sent and was increased meanwhile counts twice. */
  get waiting(): number {
    return this.#next.counts.size + (this.#underWay?.counts.size ?? 0);
  }

  /** Sends everything, and resolves when it has arrived, at the latest after `timeout` milliseconds. */
  async settle(timeout: number): Promise<void> {
    void this.#sendAll();
    const last = this.#next.counts.size > 0 ? this.#next : this.#underWay;
    if (last === undefined) return;
    const sent = last.sent.catch(() => {});
    await withinLimit(this.#options.clock, timeout, sent, () => {});
  }

  /**
   * Accepts no more increments; rejects those that have not arrived after `timeout` milliseconds.
   *
   * @returns the increments that have not arrived
   */
  async close(timeout: number): Promise<ReadonlyMap<string, number>> {
    this.#isClosed = true;
    await this.settle(timeout);
    const unsent = [this.#underWay, this.#next];
    this.#underWay = undefined;
    this.#next = new IncrementBatch();
    const counts = new Map<string, number>();
    for (const batch of unsent) {
      batch?.reject(unknown());
      for (const [key, count] of batch?.counts ?? []) counts.set(key, (counts.get(key) ?? 0) + count);
    }
    return counts;
  }

  #plan(): void {
    this.#isPlanned = true;
    if (this.#underWay !== undefined) return;
    if (this.#options.window === 0) setImmediate(this.#send);
    else this.#options.clock.after(this.#options.window, this.#send);
  }

  async #sendAll(): Promise<void> {
    if (this.#underWay !== undefined) {
      this.#isHurried = true;
      return;
    }
    while (this.#next.counts.size > 0) {
      const batch = this.#next;
      this.#underWay = batch;
      this.#next = new IncrementBatch();
      this.#isPlanned = false;
      await this.#deliver(batch);
      if (this.#underWay !== batch) return;
      this.#underWay = undefined;
      batch.resolve();
      if (this.#options.window > 0 && !this.#isHurried) break;
      this.#isHurried = false;
    }
    if (this.#next.counts.size > 0) this.#plan();
  }

  /** Sends in portions with numbers of their own, each until it has arrived. */
  async #deliver(batch: IncrementBatch): Promise<void> {
    const { counts } = batch;
    while (counts.size > 0 && this.#underWay === batch) {
      const portion = firstOf(counts);
      this.#sending = portion;
      await this.#arrive(batch, [...portion].flat());
      this.#sending = undefined;
      for (const key of portion.keys()) counts.delete(key);
    }
  }

  async #arrive(batch: IncrementBatch, pairs: readonly Argument[]): Promise<void> {
    const { connection, keys, clock, report } = this.#options;
    const number = ++this.#number;
    for (let attempt = 0; this.#underWay === batch; attempt++) {
      try {
        await ADD.run(connection, [keys.added, this.name], [number, BATCH_ID_TTL, ...pairs]);
        return;
      } catch (error) {
        if (attempt === 0) report(error);
        const pause = Math.min(MAX_RETRY_DELAY, MIN_RETRY_DELAY * 2 ** attempt);
        await sleep(clock, pause);
      }
    }
  }

  #refuse(): Promise<void> {
    const why = this.#isClosed ? 'The counter is closed.' : `Redis is away, and ${MAX_KEYS} keys are waiting already.`;
    const refused = Promise.reject(new LarderCounterError(why));
    refused.catch(() => {});
    return refused;
  }
}

function firstOf(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  if (counts.size <= BATCH_SIZE) return new Map(counts);
  const portion = new Map<string, number>();
  for (const [key, count] of counts) {
    if (portion.size === BATCH_SIZE) break;
    portion.set(key, count);
  }
  return portion;
}

function unknown(): LarderCounterError {
  const problem = 'Redis did not confirm an increment in time.';
  return new LarderCounterError(problem, 'Check whether it was counted before you add it again.');
}
