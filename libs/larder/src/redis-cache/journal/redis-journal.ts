import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { LarderRedisError } from '../../base/errors.js';
import type { Tracing } from '../../base/signals/tracer.js';
import type { EventListener } from '../../cache/state/events.js';
import {
  type Attachment,
  type Bump,
  type Intent,
  type Journal,
  MARK_RETENTION,
  type Note,
  type WriteResult,
  type Writing,
} from '../../cache/versions/journal.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';
import type { VersionTable } from '../../cache/versions/version-table.js';
import type { Connection } from '../../redis/connection.js';
import { isReply } from '../../redis/redis-client.js';
import { RequestBatcher } from '../request-batcher.js';
import { AttachedEntries } from './attached-entries.js';
import { type AskedBump, type BumpBatch, batchesOf, MAX_BUMPS } from './bump-batch.js';
import { ClockOffset } from './clock-offset.js';
import { type DedicatedConnection, JournalFollower, type TableSnapshot } from './journal-follower.js';
import { PendingInvalidations } from './pending-invalidations.js';
import {
  ANNOUNCE,
  BEAT,
  BUMP,
  BUMP_AND_STORE,
  BUMP_MARKED,
  CONCLUDE,
  noteArguments,
  packSlots,
  READ,
  type Table,
  tableKeys,
  unpackSlots,
} from './version-scripts.js';
import { PlainWrites, ReplicatedWrites, type VersionWrites, type WriteReply } from './version-writes.js';

/** How far the version that an entry is stored with is ahead of the time of Redis, in microseconds: longer than a script takes to arrive. */
const LEAD = 100_000;
/** How long nothing is stored with a bump after Redis has refused that, in milliseconds. */
const REFUSAL_PAUSE = 10_000;
/** Maximum interval between heartbeats, in milliseconds, also if `maxStaleness` is large. */
const MAX_BLOCK_TIMEOUT = 1000;

const TOKEN_DIGITS = 24;
const TOKEN = /^[0-9a-f]{24}$/;

export interface RedisJournalOptions {
  /** Of every name in Redis. */
  readonly prefix: string;
  readonly clock: Clock;
  /** For scripts; each call must have a timeout. */
  readonly connection: Connection;
  /** Opens a dedicated connection to the server that has a key. */
  readonly dedicate: (key: string) => Promise<DedicatedConnection>;
  /** Of a call, in milliseconds. */
  readonly timeout: number;
  /** Milliseconds; the heartbeat runs four times within it. */
  readonly maxStaleness: number;
  /** How many replicas must have an invalidation before it counts as delivered. */
  readonly waitReplicas: number;
  /** How long a write may take before another node bumps its targets for it, in milliseconds. */
  readonly writeIntentTtl: number;
  readonly report: EventListener;
  /** Why the connection for scripts cannot be used, as a clause; `undefined` if it can. */
  readonly connectionProblem?: () => string | undefined;
  /** Whether descriptions in the journal are reported as `invalidated` events. */
  readonly notes: boolean;
  /** Whether the entries of these caches are in the same Redis, and it is one server: then a script stores them with a bump. */
  readonly storesEntries?: boolean;
  readonly tracing: Tracing;
}

interface Announced extends Intent {
  readonly id: string;
  /** The slots on which the value will depend. */
  readonly slots: readonly number[];
  /** Resolves to whether Redis has the write intent. */
  readonly heard: Promise<boolean>;
}

/** The journal that several processes share through Redis. */
export class RedisJournal implements Journal {
  syncedAt = Number.NEGATIVE_INFINITY;
  readonly #options: RedisJournalOptions;
  readonly #versions: VersionTable;
  readonly #table: Table;
  readonly #clockOffset = new ClockOffset();
  readonly #pending = new PendingInvalidations();
  readonly #writes: VersionWrites;
  /** The last version that entries were sent with. */
  #wanted = 0;
  /** From when on entries are stored with their bump, on the clock's `elapsed`. */
  #storesFrom = Number.NEGATIVE_INFINITY;
  readonly #batcher = new RequestBatcher<AskedBump>((asked) => this.#bumpAll(asked), MAX_BUMPS);
  readonly #follower: JournalFollower;
  /** When the copied table was created. */
  #created = 0;
  /** The copy's sequence number when the shared table was last requested. */
  #asked = 0;
  #delivering: Promise<Bump> | undefined;
  /** Whether the last write to Redis failed. */
  #isRefused = false;
  #isFollowing = false;
  /** Why the last read or write of the journal failed. */
  #readProblem: unknown;
  #writeProblem: unknown;
  /** Since when an invalidation has been pending, on the clock's `elapsed`. */
  #undeliveredSince: number | undefined;

  constructor(versions: VersionTable, options: RedisJournalOptions) {
    this.#versions = versions;
    this.#options = options;
    this.#table = { keys: tableKeys(options.prefix), slots: versions.size };
    const { clock, timeout, dedicate, maxStaleness, waitReplicas } = options;
    const connect = () => dedicate(this.#table.keys.table);
    const blockTimeout = Math.min(MAX_BLOCK_TIMEOUT, maxStaleness / 4);
    this.#writes =
      waitReplicas === 0
        ? new PlainWrites(options.connection, this.#table)
        : new ReplicatedWrites(connect, this.#table, timeout, waitReplicas);
    this.#follower = new JournalFollower(
      { table: this.#table, clock, connect, timeout, blockTimeout },
      {
        begin: async (connection) => void (await this.#deliver(new PlainWrites(connection, this.#table))),
        asking: () => {
          this.#asked = versions.sequence;
        },
        restore: (snapshot) => this.#restore(snapshot),
        apply: (records) => {
          for (const { slots, version, note, epoch } of records) {
            if (epoch !== undefined) versions.beginDependencies(version, epoch);
            this.#follow(slots, version, note?.traceparent);
            if (note?.description !== undefined && options.notes) {
              options.report({ type: 'invalidated', ...note.description });
            }
          }
        },
        synced: (moment) => this.#synced(moment),
        told: (time, sent, received) => this.#clockOffset.observe(time, sent, received),
        lost: (error) => this.#lost(error),
      },
    );
  }

  get settled(): boolean {
    return this.#pending.isEmpty && this.#delivering === undefined;
  }

  get problem(): unknown {
    const problem = this.#options.connectionProblem?.();
    if (problem !== undefined) return new LarderRedisError('unavailable', problem);
    return this.#readProblem ?? this.#writeProblem;
  }

  get deliveryLag(): number {
    return this.#undeliveredSince === undefined ? 0 : this.#options.clock.elapsed() - this.#undeliveredSince;
  }

  get timeOffset(): number {
    return this.#clockOffset.offset;
  }

  async bump(slots: readonly number[], note?: Note, mark?: string, attachment?: Attachment): Promise<Bump> {
    if (slots.length === 0) return { delivered: true, sequence: this.#versions.sequence };
    if (!this.settled) return this.#bumpWithTheRest(slots);
    if (mark !== undefined && TOKEN.test(mark)) return this.#bumpMarked(slots, mark, note);
    const caller = note?.traceparent === undefined ? undefined : new AsyncResource('LarderInvalidation');
    return new Promise((resolve) => this.#batcher.ask({ slots, note, attachment, caller, resolve }));
  }

  /** Sends the bumps of a turn; adds them to the pending ones if there are some. */
  #bumpAll(asked: readonly AskedBump[]): void {
    if (!this.settled) {
      for (const { slots, resolve } of asked) resolve(this.#bumpWithTheRest(slots));
      return;
    }
    for (const batch of batchesOf(asked)) {
      const send = () => void this.#bumpTogether(batch);
      // In the async context of the first bump: the others of a traced one are of the same span.
      const [{ caller }] = batch.bumps;
      if (caller === undefined) send();
      else caller.runInAsyncScope(send);
    }
  }

  async #bumpTogether(batch: BumpBatch): Promise<void> {
    const { bumps, last, slots } = batch;
    try {
      const sent = this.#versions.sequence;
      const attached = this.#attachedTo(batch);
      const { reply, delivered } = await (attached === undefined
        ? this.#writes.run(BUMP, packSlots(slots), 0, ...noteArguments(batch.note))
        : this.#bumpAndStore(batch, attached));
      const [, version] = reply as BumpReply;
      const sequence = this.#raise(slots, reply as BumpReply);
      for (const bump of bumps) {
        // The follower may already have applied a later bump: it must stay the later one.
        const isLast = last.has(bump) && bump.slots.every((slot) => this.#versions.versionOf(slot) === version);
        const isStored = attached?.version === version && attached.has(bump);
        bump.resolve({ delivered, sequence: isLast ? sequence : sent, isStored });
      }
    } catch (error) {
      const kept = this.#keep(slots, error);
      for (const { resolve } of bumps) resolve(kept);
    }
  }

  /** The entries to store with a batch; `undefined` if there are none, or they are not stored by scripts. */
  #attachedTo(batch: BumpBatch): AttachedEntries | undefined {
    const { clock, prefix, storesEntries } = this.#options;
    if (!storesEntries || batch.bumps.every(({ attachment }) => attachment === undefined)) return undefined;
    const now = clock.elapsed();
    if (now < this.#storesFrom) return undefined;
    this.#wanted = Math.max(this.#wanted + 1, Math.ceil((now + this.timeOffset) * 1000) + LEAD);
    const attached = new AttachedEntries(batch, this.#wanted, prefix);
    return attached.names.length === 0 ? undefined : attached;
  }

  async #bumpAndStore({ slots, note }: BumpBatch, { args, names, version }: AttachedEntries): Promise<WriteReply> {
    const [origin = '', target = '', traceparent = ''] = noteArguments(note);
    const about = [origin, target, traceparent] as const;
    try {
      return await this.#writes.run(BUMP_AND_STORE.with(names), packSlots(slots), 0, ...about, version, ...args);
    } catch (error) {
      if (!isReply(error)) throw error;
      // Its memory is full, or a proxy has several servers: the slots are raised at any rate.
      this.#storesFrom = this.#options.clock.elapsed() + REFUSAL_PAUSE;
      return this.#writes.run(BUMP, packSlots(slots), 0, ...about);
    }
  }

  async #bumpMarked(slots: readonly number[], mark: string, note: Note | undefined): Promise<Bump> {
    try {
      const step = BUMP_MARKED.marked(mark);
      const { reply, delivered } = await this.#writes.run(step, packSlots(slots), mark, ...noteArguments(note));
      const [root, version, raised, epoch] = reply as readonly [number, number, Buffer, number];
      return { delivered, sequence: this.#raise(unpackSlots(raised), [root, version, epoch]) };
    } catch (error) {
      return this.#keep(slots, error);
    }
  }

  async announce({ id, slots, bumps }: Writing): Promise<Announced> {
    const token = newToken();
    const { connection, writeIntentTtl } = this.#options;
    const name = id ?? token;
    const step = id === undefined ? ANNOUNCE : ANNOUNCE.marked(token);
    const said = step.run(connection, this.#table, token, name, writeIntentTtl, packSlots(slots), packSlots(bumps));
    const heard = said.then(
      () => true,
      () => false,
    );
    // Only a write that will store a value needs to know whether it is alone.
    if (id !== undefined) await heard;
    return { token, mark: id === undefined ? undefined : token, id: name, slots, heard };
  }

  async conclude(
    { token, mark, id, slots: own, heard }: Announced,
    slots: readonly number[],
    note?: Note,
    keepsMark = false,
  ): Promise<WriteResult> {
    if (!(await heard) || !this.settled) return { ...(await this.bump(slots, note)), alone: false };
    const sent = this.#versions.sequence;
    try {
      const { reply, delivered } = await this.#writes.run(
        mark === undefined ? CONCLUDE : CONCLUDE.marked(mark),
        token,
        id,
        packSlots(slots),
        keepsMark ? MARK_RETENTION : 0,
        ...noteArguments(note),
      );
      const [root, version, alone] = reply as ConcludeReply;
      const raised = new Set(slots);
      const others = own.filter((slot) => !raised.has(slot));
      const isUnmoved = this.#versions.unchangedSince(sent, others);
      const sequence = this.#raise(slots, [root, version, 0]);
      // The follower may have applied a later invalidation before this reply: a value stored now would outlive it.
      const isLast = isUnmoved && slots.every((slot) => this.#versions.versionOf(slot) === version);
      return { delivered, sequence, alone: alone === 1 && isLast };
    } catch (error) {
      return { ...this.#keep(slots, error), alone: false };
    }
  }

  async confirm(slots: readonly number[]): Promise<boolean> {
    if (!this.settled) return false;
    try {
      const reply = await READ.run(this.#options.connection, this.#table, packSlots(slots));
      const [root, versions, epoch] = reply as readonly [number, readonly number[], number];
      // The record that tells of another epoch is on its way: until then versions of the region cannot be compared.
      if (epoch !== 0 && epoch !== this.#versions.epoch) return false;
      this.#versions.learn([ROOT_SLOT, ...slots], [root, ...versions]);
      return this.settled;
    } catch {
      return false;
    }
  }

  async catchUp(): Promise<boolean> {
    if (!this.settled) return false;
    try {
      const reply = await BEAT.run(this.#options.connection, this.#table);
      const [, serial] = reply as readonly [now: number, serial: number];
      return await this.#follower.reaches(serial);
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#follower.close();
    this.#writes.close();
  }

  #raise(slots: readonly number[], [root, version, epoch = 0]: BumpReply): number {
    if (epoch !== 0 && epoch !== this.#versions.epoch)
      this.#versions.touch(slots.filter((slot) => slot > this.#versions.size));
    return this.#versions.apply([ROOT_SLOT, ...slots], [root, ...Array(slots.length).fill(version)]);
  }

  /** Applies a bump that Redis did not accept to this node at once, and keeps it for delivery. */
  #keep(slots: readonly number[], error?: unknown): Bump {
    for (const slot of slots) this.#pending.add(slot, this.#versions.versionOf(slot));
    this.#undeliveredSince ??= this.#options.clock.elapsed();
    if (error !== undefined) {
      this.#isRefused = true;
      this.#writeProblem = error;
      this.#options.report({ type: 'invalidation-pending', error });
    }
    return { delivered: false, sequence: this.#versions.touch(slots) };
  }

  async #bumpWithTheRest(slots: readonly number[]): Promise<Bump> {
    const kept = this.#keep(slots);
    // One delivery at a time tests whether Redis answers again and may wait for a timeout; this bump is sent after it.
    if (this.#isRefused && this.#delivering !== undefined) return kept;
    try {
      await this.#delivering;
      return await this.#deliver(this.#writes);
    } catch {
      return kept;
    }
  }

  /** Sends all pending invalidations as one bump. */
  #deliver(writes: VersionWrites): Promise<Bump> {
    this.#delivering ??= this.#deliverAll(writes).finally(() => {
      this.#delivering = undefined;
    });
    return this.#delivering;
  }

  async #deliverAll(writes: VersionWrites): Promise<Bump> {
    const isWaitedFor = writes === this.#writes || this.#options.waitReplicas === 0;
    const kept = this.#pending.take();
    if (kept.size === 0) return { delivered: isWaitedFor, sequence: this.#versions.sequence };
    const slots = kept.size > this.#versions.size / 8 ? [ROOT_SLOT] : [...kept.keys()];
    // Not by spread: there may be more values than a call accepts arguments.
    let floor = this.#versions.versionOf(ROOT_SLOT);
    for (const version of kept.values()) floor = Math.max(floor, version);
    try {
      const { reply, delivered } = await writes.run(BUMP, packSlots(slots), floor);
      this.#isRefused = false;
      this.#writeProblem = undefined;
      if (this.#pending.isEmpty) this.#undeliveredSince = undefined;
      return { delivered: delivered && isWaitedFor, sequence: this.#raise(slots, reply as BumpReply) };
    } catch (error) {
      for (const [slot, version] of kept) this.#pending.add(slot, version);
      this.#writeProblem = error;
      throw error;
    }
  }

  /** Applies a record of the journal, as part of the trace of its invalidation unless this node knows the versions. */
  #follow(slots: readonly number[], version: number, traceparent: string | undefined): void {
    const apply = () => {
      this.#versions.apply(slots, Array(slots.length).fill(version));
      if (slots.some((slot) => slot > this.#versions.size)) this.#versions.followDependencies(version);
    };
    const { tracer } = this.#options.tracing;
    const isNew = () => slots.some((slot) => this.#versions.versionOf(slot) < version);
    if (tracer !== undefined && traceparent !== undefined && isNew()) {
      const attributes = { 'larder.slots': slots.length };
      tracer.span({ name: 'apply invalidation', kind: 'consumer', attributes, parent: traceparent }, apply);
    } else apply();
  }

  /** Applies a snapshot. Slots that are newer on this node were lost in a failover, and are bumped again. */
  #restore({ versions, created, dependencies: { last, epoch } }: TableSnapshot): void {
    const isKnown = created === this.#created;
    const lost = isKnown ? this.#versions.merge(versions, this.#asked) : [];
    if (!isKnown) {
      // An older table has come back: values stored under it in the meantime must not become valid again.
      if (created < this.#created) lost.push(ROOT_SLOT);
      this.#versions.replace(versions);
      this.#created = created;
    }
    this.#versions.beginDependencies(last, epoch);
    for (const slot of lost) this.#pending.add(slot, this.#versions.versionOf(slot));
    if (lost.length > 0) this.#undeliveredSince ??= this.#options.clock.elapsed();
  }

  #synced(moment: number): void {
    this.syncedAt = Math.max(this.syncedAt, moment);
    this.#readProblem = undefined;
    if (!this.#isFollowing) this.#options.report({ type: 'journal-followed' });
    this.#isFollowing = true;
    if (!this.#pending.isEmpty) this.#deliver(this.#writes).catch(() => {});
  }

  #lost(error: unknown): void {
    this.#readProblem = explained(error, this.#table.slots);
    if (this.#isFollowing) this.#options.report({ type: 'journal-lost', error: this.#readProblem });
    this.#isFollowing = false;
  }
}

/** 90 random bits. Bytes of `randomBytes` take ten times as long, because each call asks the operating system. */
function newToken(): string {
  return randomUUID().replaceAll('-', '').slice(0, TOKEN_DIGITS);
}

function explained(error: unknown, slots: number): unknown {
  const [, theirs] = (error instanceof Error && /^LARDERSLOTS (\d+)/.exec(error.message)) || [];
  if (theirs === undefined) return error;
  const problem = `The version table in Redis has ${theirs} slots and this node is configured for ${slots}`;
  return new LarderRedisError('refused', `${problem} (LARDER_SLOTS); this node does not use Redis`, { cause: error });
}

/** `epoch`: the version of the root of the region of dependencies, 0 if none of its slots was raised. */
type BumpReply = readonly [root: number, version: number, epoch?: number];
type ConcludeReply = readonly [root: number, version: number, alone: number];
