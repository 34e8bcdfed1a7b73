import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../base/clock.js';
import type { Note } from '../../cache/versions/journal.js';
import { withTimeout } from '../../redis/command-timeout.js';
import type { Connection } from '../../redis/connection.js';
import { additionsIn, BEAT, SNAPSHOT, type Table, unpackSlots } from './version-scripts.js';

/** A connection that no other code uses. */
export interface DedicatedConnection extends Connection {
  disconnect(): void;
}

/** A record of the journal: slots that were raised to a version. */
interface JournalRecord {
  readonly slots: readonly number[];
  readonly version: number;
  /** Given if the node that raised them has `diagnostics` on, or traces the invalidation. */
  readonly note?: Note | undefined;
  /** The version of the root of the region of dependencies, if the record raises it. */
  readonly epoch?: number | undefined;
}

/** A copy of the whole table. */
export interface TableSnapshot {
  readonly versions: Float64Array;
  /** When the table was made, in microseconds of Redis's clock. */
  readonly created: number;
  /** The highest version of the region of dependencies, and that of its root. */
  readonly dependencies: { readonly last: number; readonly epoch: number };
}

/** Receives what a follower reads. */
export interface JournalListener {
  /** Called before the first read: delivers pending invalidations. A rejection ends the connection. */
  begin(connection: Connection): Promise<void>;
  /** Called before the table is requested. */
  asking(): void;
  restore(snapshot: TableSnapshot): void;
  apply(records: readonly JournalRecord[]): void;
  /** Everything acknowledged before `moment` (on the clock's `elapsed`) has been applied. */
  synced(moment: number): void;
  /** Redis's time in milliseconds since the epoch, read between `sent` and `received`. */
  told(time: number, sent: number, received: number): void;
  lost(error: unknown): void;
}

interface JournalPosition {
  /** The id of the last record read, in the stream. */
  id: string;
  /** The serial of the last record read; serials have no gaps. */
  serial: number;
}

export interface FollowerOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly connect: () => Promise<DedicatedConnection>;
  /** Timeout of a call that does not block, in milliseconds. */
  readonly timeout: number;
  /** How long a blocking read of the journal waits for records, in milliseconds. */
  readonly blockTimeout: number;
}

const MIN_RETRY_DELAY = 20;
const MAX_RETRY_DELAY = 500;
/** Milliseconds between records and the next read: a read per record would cost the node and Redis more than the bump itself. */
const READ_PAUSE = 2;

/**
 * Reads a snapshot of the table, then the journal, on a connection of its own. Any fault ends the connection, and the next one
 * begins with a snapshot: records of different servers are never mixed.
 */
export class JournalFollower {
  readonly #options: FollowerOptions;
  readonly #listener: JournalListener;
  readonly #closing = new AbortController();
  #connection: DedicatedConnection | undefined;
  /** The serial of the last record that is applied; `undefined` while nothing is followed. */
  #applied: number | undefined;
  #waiting: { readonly serial: number; readonly resolve: (isApplied: boolean) => void }[] = [];

  constructor(options: FollowerOptions, listener: JournalListener) {
    this.#options = options;
    this.#listener = listener;
    void this.#run();
  }

  /** Resolves to `true` when the record with this serial is applied, to `false` if the connection is lost before. */
  reaches(serial: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ serial, resolve });
      this.#settle(this.#applied === undefined);
    });
  }

  /** @param isLost whether later records do not continue these serials */
  #settle(isLost: boolean): void {
    const applied = this.#applied ?? Number.NEGATIVE_INFINITY;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (one.serial <= applied) one.resolve(true);
      else if (isLost) one.resolve(false);
      else this.#waiting.push(one);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#connection?.disconnect();
  }

  async #run(): Promise<void> {
    let pause = MIN_RETRY_DELAY;
    while (!this.#closing.signal.aborted) {
      try {
        this.#connection = await this.#options.connect();
        await this.#follow(this.#connection, () => {
          pause = MIN_RETRY_DELAY;
        });
      } catch (error) {
        if (!this.#closing.signal.aborted) this.#listener.lost(error);
      }
      this.#applied = undefined;
      this.#settle(true);
      this.#connection?.disconnect();
      this.#connection = undefined;
      await this.#rest(pause * (0.5 + Math.random() / 2));
      pause = Math.min(MAX_RETRY_DELAY, pause * 2);
    }
  }

  async #follow(connection: DedicatedConnection, isUp: () => void): Promise<void> {
    await this.#listener.begin(this.#bounded(connection));
    let position = await this.#open(connection);
    isUp();
    let beaten = Number.NEGATIVE_INFINITY;
    while (!this.#closing.signal.aborted) {
      const { serial } = position;
      const sent = this.#options.clock.elapsed();
      const isDue = sent - beaten >= this.#options.blockTimeout;
      if (isDue) beaten = sent;
      const isComplete = isDue
        ? await this.#readVerified(connection, position)
        : await this.#read(connection, position);
      if (!isComplete) position = await this.#open(connection);
      else if (isDue) this.#listener.synced(sent);
      if (position.serial !== serial) await delay(READ_PAUSE);
    }
  }

  async #open(connection: Connection): Promise<JournalPosition> {
    const { clock, timeout, table } = this.#options;
    const sent = clock.elapsed();
    this.#listener.asking();
    // Sends the text of `BEAT` now if Redis does not know the script: later a blocking read would delay it.
    const asked = Promise.all([SNAPSHOT.verify(connection, table), BEAT.run(connection, table)]);
    const [[now, id, bytes, last, epoch]] = (await withTimeout(asked, timeout, 'The snapshot')) as [
      SnapshotReply,
      BeatReply,
    ];
    const words = wordsOf(bytes, table.slots + 3);
    const versions = words.subarray(0, table.slots);
    this.#listener.restore({ versions, created: words[table.slots + 2] as number, dependencies: { last, epoch } });
    this.#listener.told(now / 1000, sent, clock.elapsed());
    this.#listener.synced(sent);
    const serial = words[table.slots] as number;
    this.#applied = serial;
    this.#settle(true);
    return { id: id.toString(), serial };
  }

  /** Sends the heartbeat before the read: its reply shows that Redis is a master, and the last serial of the journal. */
  async #readVerified(connection: Connection, position: JournalPosition): Promise<boolean> {
    const { clock, timeout, table } = this.#options;
    const sent = clock.elapsed();
    const beat = withTimeout(BEAT.run(connection, table) as Promise<BeatReply>, timeout, 'The beat');
    beat.then(
      ([now]) => this.#listener.told(now / 1000, sent, clock.elapsed()),
      () => {},
    );
    const [[, serial], isComplete] = await Promise.all([beat, this.#read(connection, position)]);
    return isComplete && position.serial >= serial;
  }

  /** Applies new records. Returns false if serials are missing. */
  async #read(connection: Connection, position: JournalPosition): Promise<boolean> {
    const { timeout, blockTimeout, table } = this.#options;
    const block = Math.max(1, Math.round(blockTimeout));
    const news = connection.call('XREAD', 'BLOCK', block, 'STREAMS', table.keys.journal, position.id);
    const reply = (await withTimeout(news, block + timeout, 'The read of the journal')) as ReadReply | null;
    const records: JournalRecord[] = [];
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      const record = recordOf(fields);
      if (record.serial !== position.serial + 1) return false;
      records.push(record);
      position.serial = record.serial;
      position.id = id.toString();
    }
    this.#listener.apply(records);
    this.#applied = position.serial;
    if (this.#waiting.length > 0) this.#settle(false);
    return true;
  }

  #bounded(connection: Connection): Connection {
    const { timeout } = this.#options;
    return { call: (command, ...args) => withTimeout(connection.call(command, ...args), timeout, command) };
  }

  #rest(pause: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#options.clock.after(pause, end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
  }
}

type SnapshotReply = readonly [microseconds: number, position: Buffer, table: Buffer, last: number, epoch: number];
type BeatReply = readonly [microseconds: number, serial: number];
type ReadReply = readonly (readonly [
  stream: Buffer,
  records: readonly (readonly [id: Buffer, fields: readonly Buffer[]])[],
])[];

/** Fields in their order: `n`, the serial; `v`, the version; `s`, the slots; then fields of later releases. */
function recordOf(fields: readonly Buffer[]): JournalRecord & { readonly serial: number } {
  const [, serial, , version, , slots] = fields;
  return {
    serial: Number(serial),
    version: Number(version),
    slots: slots === undefined ? [] : unpackSlots(slots),
    ...additionsIn(fields),
  };
}

/** Reads signed 64-bit numbers, all below 2^53, as two halves: a `BigInt` for each would take ten times as long. */
function wordsOf(bytes: Buffer, count: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    words[index] = view.getUint32(index * 8) * 2 ** 32 + view.getUint32(index * 8 + 4);
  }
  return words;
}
