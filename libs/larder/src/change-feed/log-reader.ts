import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { inParallel } from '../base/concurrency.js';
import { LarderChangeFeedError } from '../base/errors.js';
import type { EventListener } from '../cache/state/events.js';
import { pattern } from '../keys/target.js';
import { FEED } from '../observability/event-signals.js';
import type { Session } from '../postgres/session.js';
import { ChangeLog, type Logged, type LogPosition, type Page, type WatchedColumns } from './change-log.js';
import type { Delivery } from './delivery.js';
import type { ChangeFeedSettings } from './options.js';
import { PageParts } from './page-parts.js';
import { parseSnapshot } from './position/snapshot.js';
import type { RuleMapper } from './rule-mapper.js';
import { TargetSet } from './target-set.js';
import { CHANNEL, LOCK_CLASS, SLEEPERS } from './triggers/schema.js';
import { demandUses, readUses, type UsedColumns, usedColumnsOf } from './triggers/used-columns.js';
import type { WakeSignal } from './wake-signal.js';

// All in milliseconds.
/** How often an awake reader polls the log. */
const BUSY_POLL_INTERVAL = 10;
/** How long after the last change the reader stays awake. Writers notify only a sleeping reader. */
const BUSY_DURATION = 100;
/** Poll interval of a sleeping reader while a transaction runs that may have seen it awake, and will not notify it. */
const IDLE_POLL_INTERVAL = 50;
/** How many parts of a page are delivered at the same time. */
const MAX_CONCURRENT_PARTS = 50;
/** How often the position is saved while changes arrive. */
const SAVE_INTERVAL = 100;
/** The same if other processes wait until their own writes are delivered. */
const AWAITED_SAVE_INTERVAL = 10;
/** How often the position is saved while none arrive. */
const IDLE_SAVE_INTERVAL = 60_000;
const TRIM_INTERVAL = 60_000;
/** How often the triggers are checked for gaps. */
const CHECK_INTERVAL = 10_000;
/** Idle timeout of the session: after this the server ends it and releases the lock for another reader. */
const IDLE_TIMEOUT = 10_000;

/** Names the dependencies of observed loads that rows of the log change. */
export interface DependencyMapper {
  /** @param used read from the database after the rows */
  changedBy(rows: readonly (readonly [Logged, WatchedColumns])[], used: UsedColumns): readonly string[];
  /** Everything of all tables that are used, for changes that are not known. */
  everythingOf(used: UsedColumns): readonly string[];
  /** A name for people. */
  show(name: string): string;
}

export interface LogReaderOptions {
  readonly settings: ChangeFeedSettings;
  readonly clock: Clock;
  readonly wakeSignal: WakeSignal;
  readonly mapper: RuleMapper;
  /** `undefined` if no load is observed. */
  readonly dependencies: DependencyMapper | undefined;
  readonly delivery: Delivery;
  readonly report: EventListener;
  /** Whether one process reads for all; otherwise each process reads for itself. */
  readonly isShared: boolean;
  /** The name under which this reader saves its position. */
  readonly cursor: string;
  /** Checks the triggers, also while standing by. Resolves to the tables of which changes may have been missed. */
  readonly check: () => Promise<readonly string[]>;
  readonly told: (news: LogReaderNews) => void;
}

export type LogReaderNews =
  | { readonly state: 'reading' | 'standing-by' }
  /** Age of the oldest undelivered change, in milliseconds. */
  | { readonly behind: number }
  /** The log is about to be read: everything that is committed by now will be seen. */
  | { readonly reads: 'begin' }
  /** The snapshot that is read, and the last row of a page that is delivered; none if the page had no row. */
  | { readonly read: string; readonly last: FeedRow | undefined }
  /** Everything committed before this time (on the clock's `elapsed`) is delivered. */
  | { readonly caughtUp: number };

/** A row of the change log. */
export interface FeedRow {
  readonly id: string;
  /** The id of the transaction that wrote it. */
  readonly xid: string;
}

/** Reads the log over one connection, until the connection is lost or the feed is closed. */
export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #session: Session;
  readonly #log: ChangeLog;
  readonly #lock: number;
  #position!: LogPosition;
  #history!: string;
  #savedAt = 0;
  #isSaved = true;
  #tidiedAt: number;
  #checkedAt: number;

  constructor(session: Session, options: LogReaderOptions) {
    this.#session = session;
    this.#options = options;
    this.#tidiedAt = options.clock.elapsed();
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    this.#log = new ChangeLog(session, options.settings.wake === 'notify');
    this.#lock = createHash('sha256').update(options.cursor).digest().readInt32BE();
    session.onCall = () => options.wakeSignal.ring();
  }

  /**
   * Reads until the feed is closed.
   *
   * @throws LarderChangeFeedError if the connection or a delivery fails
   */
  async run(): Promise<void> {
    const { wake } = this.#options.settings;
    await this.#refuseStandby();
    if (this.#options.dependencies !== undefined) await demandUses(this.#session);
    if (wake === 'poll') return this.#poll();
    const idleTimeout = Math.max(IDLE_TIMEOUT, 10 * this.#options.settings.pollInterval);
    await this.#session.query(
      `set idle_session_timeout = ${idleTimeout}; set synchronous_commit = off; set default_transaction_read_only = off`,
    );
    if (!(await this.#takeOver())) return;
    this.#options.told({ state: 'reading' });
    await this.#open();
    await this.#session.query(`listen ${CHANNEL}`);
    while (!this.#options.wakeSignal.isOver) {
      await this.#awake();
      await this.#asleep();
    }
    await this.#save();
    if (!this.#options.isShared) await this.#log.forget(this.#options.cursor);
  }

  /** Stands by until this process gets the lock. Returns false if the feed is closed before that. */
  async #takeOver(): Promise<boolean> {
    const { isShared, wakeSignal, settings, told } = this.#options;
    while (!wakeSignal.isOver) {
      if (!isShared) return true;
      const [row] = await this.#session.query<{ mine: boolean }>('select pg_try_advisory_lock($1, $2) as mine', [
        LOCK_CLASS,
        this.#lock,
      ]);
      if (row?.mine) return true;
      told({ state: 'standing-by' });
      await this.#check();
      await wakeSignal.wait(Math.min(CHECK_INTERVAL, settings.pollInterval));
    }
    return false;
  }

  /** Polls the log quickly, until `AWAKE_FOR` after the last change. */
  async #awake(): Promise<void> {
    const { clock, wakeSignal } = this.#options;
    let last = clock.elapsed();
    while (!wakeSignal.isOver) {
      if ((await this.#drain()) > 0) last = clock.elapsed();
      else if (clock.elapsed() - last >= BUSY_DURATION) return;
      await this.#tidy();
      await wakeSignal.wait(BUSY_POLL_INTERVAL);
    }
  }

  /** Waits for a notification of a writer, and still polls at longer intervals. */
  async #asleep(): Promise<void> {
    const { wakeSignal, settings } = this.#options;
    await this.#session.query('select pg_advisory_lock_shared($1, $2)', [LOCK_CLASS, SLEEPERS]);
    try {
      // Transactions that began before this one may have seen the reader awake: they send no notification.
      const [row] = await this.#session.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
      const first = BigInt(row?.xid ?? 0);
      while (!wakeSignal.isOver) {
        if ((await this.#drain()) > 0) return;
        await this.#rest();
        const isSafe = parseSnapshot(this.#position.read).xmin > first;
        const delay = Math.min(isSafe ? CHECK_INTERVAL : IDLE_POLL_INTERVAL, settings.pollInterval);
        if ((await wakeSignal.wait(delay)) === 'rung') return void (await this.#drain());
      }
    } finally {
      await this.#session.query('select pg_advisory_unlock_shared($1, $2)', [LOCK_CLASS, SLEEPERS]);
    }
  }

  /** Polls in one transaction at a time: a pooler may run each on another connection. */
  async #poll(): Promise<void> {
    const { isShared, wakeSignal, settings, told } = this.#options;
    while (!wakeSignal.isOver) {
      // Each statement sees what is committed when it begins, whatever the default of the role.
      await this.#session.query('begin isolation level read committed read write');
      await this.#session.query(
        `set local idle_in_transaction_session_timeout = ${IDLE_TIMEOUT}; set local synchronous_commit = off`,
      );
      const [row] = isShared
        ? await this.#session.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1, $2) as mine', [
            LOCK_CLASS,
            this.#lock,
          ])
        : [{ mine: true }];
      told({ state: row?.mine ? 'reading' : 'standing-by' });
      if (row?.mine) {
        await this.#open();
        await this.#drain();
        await this.#rest();
      } else await this.#check();
      await this.#session.query('commit');
      await wakeSignal.wait(settings.pollInterval);
    }
    if (!isShared) await this.#session.transaction(() => this.#log.forget(this.#options.cursor));
  }

  /** Continues at the saved position; without a usable one, invalidates all that the rules cover. */
  async #open(): Promise<void> {
    this.#history = await this.#log.history();
    const known = await this.#log.load(this.#options.cursor, this.#history);
    if (known === undefined) await this.#startAnew('new');
    else if (!known.isSameHistory) await this.#startAnew('restored');
    else this.#position = known.position;
  }

  async #startAnew(reason: 'new' | 'restored' | 'retention'): Promise<void> {
    const { delivery, dependencies, mapper, report } = this.#options;
    const end = await this.#log.end();
    const targets = new TargetSet();
    targets.add(mapper.covers);
    // A database that was restored may have lost used columns on which stored entries rest.
    if (dependencies !== undefined && reason === 'restored') targets.add([pattern('*')]);
    await delivery.deliver(targets);
    if (dependencies !== undefined) {
      await delivery.deliverNames(dependencies.everythingOf(await this.#used()), dependencies.show);
    }
    report({ type: 'feed-reset', reason });
    this.#position = end;
    await this.#save();
  }

  /** Delivers all changes committed until now, and returns how many log rows it read. */
  async #drain(): Promise<number> {
    const { clock, told } = this.#options;
    let count = 0;
    let began: number | undefined;
    for (;;) {
      // The pages of a snapshot tell what was committed when the first of them was read.
      if (this.#position.target === null) {
        began = clock.elapsed();
        told({ reads: 'begin' });
      }
      const page = await this.#log.read(this.#position);
      if (page.missed !== undefined) {
        await this.#startAnew(page.missed);
        continue;
      }
      const oldest = page.logged.reduce((age, row) => Math.max(age, row.age), 0);
      if (page.logged.length > 0) told({ behind: oldest });
      await this.#deliver(page);
      if (page.logged.length > 0 && FEED.isHeard) {
        FEED.send({ type: 'feed-delivered', changes: page.logged.length, age: oldest });
      }
      count += page.logged.length;
      this.#position = page.next;
      const last = page.logged.at(-1);
      told({ read: page.next.read, last: last && { id: last.id, xid: last.xid } });
      this.#isSaved &&= page.logged.length === 0;
      if (!this.#isSaved && clock.elapsed() - this.#savedAt >= this.#saveInterval) await this.#save();
      // A reader may continue in a snapshot that its predecessor began.
      if (!page.isLast || began === undefined) continue;
      told({ caughtUp: began });
      return count;
    }
  }

  async #deliver({ logged }: Page): Promise<void> {
    if (logged.length === 0) return;
    const { delivery, dependencies, mapper } = this.#options;
    const parts = new PageParts(delivery.isTraced);
    const rows: [Logged, WatchedColumns][] = [];
    for (const row of logged) {
      const columns = await this.#columnsOf(row);
      mapper.collect(row, columns, parts.of(row).targets);
      rows.push([row, columns]);
    }
    await inParallel(
      parts.all(),
      MAX_CONCURRENT_PARTS,
      (part) => delivery.deliverPart(part),
      () => false,
    );
    // Read after the rows: a load that began before its columns were registered is not stored, and one that began later has seen
    // the rows.
    if (dependencies !== undefined) {
      await delivery.deliverNames(dependencies.changedBy(rows, await this.#used()), dependencies.show);
    }
  }

  async #used(): Promise<UsedColumns> {
    return usedColumnsOf(await readUses(this.#session));
  }

  async #columnsOf({ watch }: Logged) {
    const columns = await this.#log.watch(watch);
    if (columns !== undefined) return columns;
    throw new LarderChangeFeedError('triggers', `The change log has rows of the unknown watch ${watch}`);
  }

  async #rest(): Promise<void> {
    if (!this.#isSaved || this.#options.clock.elapsed() - this.#savedAt >= IDLE_SAVE_INTERVAL) await this.#save();
    await this.#tidy();
  }

  /** Checks the triggers and trims the log, each at its own interval. */
  async #tidy(): Promise<void> {
    const { clock, delivery, mapper, settings } = this.#options;
    const untold = await this.#check();
    if (untold.length > 0) {
      const targets = new TargetSet();
      targets.add(mapper.coversOf(untold));
      await delivery.deliver(targets);
    }
    const now = clock.elapsed();
    if (now - this.#tidiedAt < TRIM_INTERVAL) return;
    this.#tidiedAt = now;
    await this.#log.trim(this.#position, settings.retention, settings.maxLogRows);
  }

  async #check(): Promise<readonly string[]> {
    const now = this.#options.clock.elapsed();
    if (now - this.#checkedAt < CHECK_INTERVAL) return [];
    this.#checkedAt = now;
    return this.#options.check();
  }

  get #saveInterval(): number {
    const { dependencies, isShared } = this.#options;
    return dependencies !== undefined && isShared ? AWAITED_SAVE_INTERVAL : SAVE_INTERVAL;
  }

  async #save(): Promise<void> {
    await this.#log.save(this.#options.cursor, this.#position, this.#history);
    this.#savedAt = this.#options.clock.elapsed();
    this.#isSaved = true;
  }

  async #refuseStandby(): Promise<void> {
    const [row] = await this.#session.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
    if (row?.standby)
      throw new LarderChangeFeedError(
        'refused',
        'This PostgreSQL server is a standby; the change log can be read only on the primary',
      );
  }
}
