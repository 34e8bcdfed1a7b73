import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { inParallel } from '../base/concurrency.js';
import { LarderChangeFeedError } from '../base/errors.js';
import type { EventListener } from '../cache/state/events.js';
import type { Session } from '../postgres/session.js';
import { ChangeLog, type Logged, type LogPosition, type Page } from './change-log.js';
import type { Delivery } from './delivery.js';
import type { ChangeFeedSettings } from './options.js';
import type { RuleMapper } from './rule-mapper.js';
import { parseSnapshot } from './snapshot.js';
import { TargetSet } from './target-set.js';
import { CHANNEL, LOCK_CLASS, SLEEPERS } from './triggers/schema.js';
import type { WakeSignal } from './wake-signal.js';

/** How often the log is looked at while there may be more at any moment. */
const BUSY_POLL_INTERVAL = 10;
/** How long after the last change the reader stays awake: while it is, writers need not ring. */
const BUSY_DURATION = 100;
/** How often it is looked at while a transaction is under way that may have been told that the reader is awake. */
const IDLE_POLL_INTERVAL = 50;
/** Marked writes whose rows are delivered at the same time. */
const MAX_CONCURRENT_MARKS = 50;
/** Between two times that the place is written down, at most, while changes come in. */
const SAVE_INTERVAL = 100;
/** And while none do. */
const IDLE_SAVE_INTERVAL = 60_000;
const TRIM_INTERVAL = 60_000;
/** How long changes may be missed that the triggers do not tell of. */
const CHECK_INTERVAL = 10_000;
/** A reader that says nothing for so long is taken for dead by the server, which then gives its lock to another. */
const IDLE_TIMEOUT = 10_000;

export interface LogReaderOptions {
  readonly settings: ChangeFeedSettings;
  readonly clock: Clock;
  readonly wakeSignal: WakeSignal;
  readonly mapper: RuleMapper;
  readonly delivery: Delivery;
  readonly report: EventListener;
  /** Whether one process reads for all: else each reads for itself. */
  readonly isShared: boolean;
  /** Under which name this reader's place is kept. */
  readonly cursor: string;
  /** Asked again and again, also while another process reads: answers the tables that may have changed untold. */
  readonly check: () => Promise<readonly string[]>;
  readonly told: (news: LogReaderNews) => void;
}

export type LogReaderNews =
  | { readonly state: 'reading' | 'standing-by' }
  /** @param age milliseconds of the oldest change that is not delivered yet */
  | { readonly behind: number }
  /** Everything that was committed when the reading began is delivered. */
  | { readonly caughtUp: number };

/** Reads the log over one connection, until that is lost or the feed is closed. */
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
   * Reads for as long as it may.
   *
   * @throws LarderChangeFeedError
   */
  async run(): Promise<void> {
    const { wake } = this.#options.settings;
    await this.#refuseStandby();
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

  /** Waits to be the one that reads. Answers false if the feed is closed before that. */
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

  /** Looks again and again for as long as there are changes. */
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

  /** Waits for a writer to ring, and looks now and then all the same. */
  async #asleep(): Promise<void> {
    const { wakeSignal, settings } = this.#options;
    await this.#session.query('select pg_advisory_lock_shared($1, $2)', [LOCK_CLASS, SLEEPERS]);
    try {
      // Those that began before this one may have seen the reader awake, and will not ring.
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

  /** Looks in transactions of their own, each of which is over before the next one: a pooler may use another connection. */
  async #poll(): Promise<void> {
    const { isShared, wakeSignal, settings, told } = this.#options;
    while (!wakeSignal.isOver) {
      await this.#session.query('begin read write');
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

  /** Goes to where the last reader left off; where nobody knows, everything counts as changed. */
  async #open(): Promise<void> {
    this.#history = await this.#log.history();
    const known = await this.#log.load(this.#options.cursor, this.#history);
    if (known === undefined) await this.#startAnew('new');
    else if (!known.isSameHistory) await this.#startAnew('restored');
    else this.#position = known.position;
  }

  async #startAnew(reason: 'new' | 'restored' | 'retention'): Promise<void> {
    const { delivery, mapper, report } = this.#options;
    const end = await this.#log.end();
    const targets = new TargetSet();
    targets.add(mapper.covers);
    await delivery.deliver(targets);
    report({ type: 'feed-reset', reason });
    this.#position = end;
    await this.#save();
  }

  /** Delivers everything that was committed until now, and answers how many changes that were. */
  async #drain(): Promise<number> {
    const { clock, told } = this.#options;
    let count = 0;
    for (;;) {
      const began = clock.elapsed();
      const page = await this.#log.read(this.#position);
      if (page.missed !== undefined) {
        await this.#startAnew(page.missed);
        continue;
      }
      const oldest = page.logged.reduce((age, row) => Math.max(age, row.age), 0);
      if (page.logged.length > 0) told({ behind: oldest });
      await this.#deliver(page);
      count += page.logged.length;
      this.#position = page.next;
      this.#isSaved &&= page.logged.length === 0;
      if (!this.#isSaved && clock.elapsed() - this.#savedAt >= SAVE_INTERVAL) await this.#save();
      if (!page.isLast) continue;
      told({ caughtUp: began });
      return count;
    }
  }

  async #deliver({ logged }: Page): Promise<void> {
    if (logged.length === 0) return;
    const { delivery, mapper } = this.#options;
    const byMark = new Map<string | null, TargetSet>();
    for (const row of logged) {
      const targets = byMark.get(row.mark) ?? new TargetSet();
      byMark.set(row.mark, targets);
      mapper.collect(row, await this.#columnsOf(row), targets);
    }
    // A mark tells of one write only: what others changed must not count as its own.
    const deliver = ([mark, targets]: [string | null, TargetSet]) => delivery.deliver(targets, mark ?? undefined);
    await inParallel(byMark, MAX_CONCURRENT_MARKS, deliver, () => false);
  }

  async #columnsOf({ watch }: Logged) {
    const columns = await this.#log.watch(watch);
    if (columns !== undefined) return columns;
    throw new LarderChangeFeedError('triggers', `The change log holds rows of ${watch}, which nothing describes`);
  }

  async #rest(): Promise<void> {
    if (!this.#isSaved || this.#options.clock.elapsed() - this.#savedAt >= IDLE_SAVE_INTERVAL) await this.#save();
    await this.#tidy();
  }

  /** What is done now and then. */
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
        'This PostgreSQL is a standby, and the log can be read on the primary only',
      );
  }
}
