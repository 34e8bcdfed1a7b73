import { randomUUID } from 'node:crypto';
import { backOff } from '../base/backoff.js';
import { type Clock, SystemClock } from '../base/clock.js';
import { LarderChangeFeedError, LarderOptionsError } from '../base/errors.js';
import { withinLimit } from '../base/timeout.js';
import type { EventListener } from '../cache/state/events.js';
import { announcing } from '../observability/event-signals.js';
import { Delivery, type Invalidator } from './delivery.js';
import type { DependencyMapper, FeedRow, LogReaderNews } from './log-reader.js';
import { type ChangeFeedOptions, type ChangeFeedSettings, cursorName, toChangeFeedSettings } from './options.js';
import { Delivered } from './position/delivered.js';
import { parseSnapshot } from './position/snapshot.js';
import { Unread } from './position/unread.js';
import { RuleMapper } from './rule-mapper.js';
import type { TriggerProblems } from './triggers/status.js';
import { showTable } from './triggers/table-name.js';
import { WakeSignal } from './wake-signal.js';

/** How far a process has read the change log. */
export interface FeedPosition {
  /** Every change of the transactions with lower ids (`xid`) is delivered, and of some with higher ones: they commit in any order. */
  readonly before: string;
  /** The last row that this process has delivered; `undefined` if there was none yet. */
  readonly last: FeedRow | undefined;
}

/** The status of a change feed. */
export interface ChangeFeedStatus {
  /**
   * `reading`: this process reads the log. `standing-by`: another process reads it for all. `waiting`: reading failed, and the
   * feed will retry. `off`: no change feed is configured.
   */
  readonly state: 'off' | 'starting' | 'reading' | 'standing-by' | 'waiting' | 'closed';
  /**
   * Milliseconds since the oldest committed change that is not delivered yet, 0 while there is none. While the feed cannot read,
   * or a read is late, the upper bound: the time since its last read. `undefined` if another process reads, or before the first
   * read.
   */
  readonly lag: number | undefined;
  /**
   * Milliseconds since the moment up to which every committed change is delivered. It grows between two reads, also of an idle
   * database. `undefined` as for {@link lag}.
   */
  readonly sinceRead: number | undefined;
  /** How far this process has read the log; `undefined` as for {@link lag}. */
  readonly position: FeedPosition | undefined;
  /** Why the last read failed; `undefined` after the next read that succeeds. */
  readonly error: Error | undefined;
  /** Problems of the installed triggers because of which changes may be missed. */
  readonly gaps: readonly string[];
}

export interface ChangeFeedSurroundings {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Returns numbers from 0 up to 1, for the jitter of retries. Default `Math.random`. */
  readonly random?: () => number;
  /** Receives the events of the feed. Default: no listener. */
  readonly onEvent?: EventListener;
  /** @internal Maps changes to what loads were observed to read; `LarderModule` gives it. */
  readonly dependencies?: DependencyMapper | undefined;
}

/** How long `start` waits for the database before it resolves without it, in milliseconds. */
const START_TIMEOUT = 2000;
const MIN_RETRY_DELAY = 100;
const MAX_RETRY_DELAY = 5000;
/** How late a read may be before its lateness counts as lag, in milliseconds: the event loop may have been busy. */
const LATE_READ = 1000;

/**
 * Invalidates cached values when rows change in PostgreSQL, whichever program changes them. `LarderModule` creates it from its
 * option `changeFeed`; inject it to read its status.
 *
 * @example
 * ```ts
 * const calls = onTable('calls', { columns: ['user_id'], invalidate: ({ rows }) => rows.map((row) => ['calls', row.user_id]) });
 * const feed = new ChangeFeed(cache, { url: 'postgres://localhost/shop', rules: [calls] });
 * await feed.start();
 * await feed.close();
 * ```
 */
export class ChangeFeed {
  readonly #cache: Invalidator;
  readonly #settings: ChangeFeedSettings | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #report: EventListener;
  readonly #wakeSignal: WakeSignal;
  readonly #dependencies: DependencyMapper | undefined;
  readonly #cursor: string;
  readonly #delivered = new Delivered();
  /** Asks for the position of the process that reads the log. */
  #unread: Unread | undefined;
  #state: ChangeFeedStatus['state'] = 'off';
  #error: Error | undefined;
  #gaps: readonly string[] = [];
  /** Gaps that were reported since the last check without gaps. */
  readonly #told = new Set<string>();
  /** Tables with gaps at the last check of the triggers. */
  #untold: readonly string[] = [];
  #hasFollowed = false;
  /** Time of the oldest change that may not be delivered yet, on the clock's `elapsed`. */
  #freshAt: number | undefined;
  /** The snapshot of PostgreSQL that was read last. */
  #snapshot: string | undefined;
  #lastRow: FeedRow | undefined;
  /** Whether the last read found changes that are not delivered yet. */
  #isBehind = false;
  #tries = 0;
  #running: Promise<void> | undefined;
  #isReady: (() => void) | undefined;

  /**
   * @param options `undefined` switches the feed off
   * @throws LarderOptionsError that lists every invalid option
   */
  constructor(cache: Invalidator, options: ChangeFeedOptions | undefined, surroundings: ChangeFeedSurroundings = {}) {
    const { settings, problems } = options
      ? toChangeFeedSettings(options, {}, 'larder', surroundings.dependencies !== undefined)
      : { settings: undefined, problems: [] };
    if (problems.length > 0) throw new LarderOptionsError(problems);
    const { clock = new SystemClock(), random = Math.random, onEvent = () => {}, dependencies } = surroundings;
    this.#cache = cache;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#report = announcing(onEvent, 'A listener for change feed events');
    this.#wakeSignal = new WakeSignal(clock);
    this.#dependencies = dependencies;
    this.#cursor =
      settings && cache.isShared ? cursorName(settings, dependencies !== undefined) : `process:${randomUUID()}`;
  }

  /**
   * Starts reading. Resolves when all changes committed before are invalidated, or when another process reads; or after two
   * seconds if the database does not answer. The feed then goes on retrying.
   *
   * @throws LarderChangeFeedError if the triggers in the database do not match the rules
   */
  async start(): Promise<void> {
    if (this.#settings === undefined || this.#running !== undefined) return;
    this.#state = 'starting';
    const ready = new Promise<void>((resolve) => (this.#isReady = resolve));
    this.#running = this.#run(this.#settings);
    this.#cache.followFeed?.(() => this.#sinceRead());
    await withinLimit(this.#clock, START_TIMEOUT, ready, () => {});
    if (isLasting(this.#error)) {
      const error = this.#error;
      await this.close();
      throw error;
    }
  }

  /** The tables that its rules watch; none if it is off. */
  get tables(): readonly string[] {
    return [...new Set(this.#settings?.rules.map(({ table }) => showTable(table)))];
  }

  status(): ChangeFeedStatus {
    const sinceRead = this.#sinceRead();
    const position = sinceRead === undefined ? undefined : this.#position();
    return { state: this.#state, lag: this.#lag(sinceRead), sinceRead, position, error: this.#error, gaps: this.#gaps };
  }

  /**
   * Whether changes of the log are delivered. In contrast to {@link status} it costs nothing: each load with `dependsOn` asks.
   *
   * @internal
   */
  get isFollowed(): boolean {
    return this.#state === 'reading' || this.#state === 'standing-by';
  }

  /**
   * Resolves to `true` when every change committed before the call is delivered, by this process or by another one; to `false` if
   * that cannot be told, or fails. May take long: the caller sets the limit.
   *
   * @internal
   */
  async delivered(): Promise<boolean> {
    if (this.#isReading()) {
      const delivered = this.#delivered.wait();
      this.#wakeSignal.ring();
      return delivered;
    }
    if (this.#state !== 'standing-by' || this.#unread === undefined) return false;
    if (!(await this.#unread.wait())) return this.#isReading() && this.delivered();
    // The other process has put it into the journal, from which this one may not have read it yet.
    return (await this.#cache.catchUp?.()) ?? true;
  }

  #isReading(): boolean {
    return this.#state === 'reading';
  }

  #sinceRead(): number | undefined {
    if (this.#freshAt === undefined || (this.#state !== 'reading' && this.#state !== 'waiting')) return undefined;
    return Math.max(0, this.#clock.elapsed() - this.#freshAt);
  }

  #position(): FeedPosition | undefined {
    const read = this.#snapshot;
    return read === undefined ? undefined : { before: String(parseSnapshot(read).xmin), last: this.#lastRow };
  }

  #lag(age: number | undefined): number | undefined {
    if (age === undefined) return undefined;
    if (this.#state === 'waiting' || this.#isBehind) return age;
    // Between two reads of an idle database the age grows, and nothing is late.
    return age > (this.#settings?.pollInterval ?? 0) + LATE_READ ? age : 0;
  }

  /** Finishes the current delivery, saves the position in the log, and lets another process take over. */
  async close(): Promise<void> {
    this.#wakeSignal.end();
    await this.#running;
    if (this.#state !== 'off') this.#state = 'closed';
    this.#delivered.fail();
  }

  async #run(settings: ChangeFeedSettings): Promise<void> {
    while (!this.#wakeSignal.isOver) {
      try {
        await this.#read(settings);
      } catch (error) {
        this.#failed(error as Error);
        const pause = backOff(this.#tries++, MIN_RETRY_DELAY, MAX_RETRY_DELAY, this.#random);
        await this.#wakeSignal.sleep(isUndelivered(error) ? Math.max(pause, 2 * settings.pollInterval) : pause);
      }
    }
  }

  /** Reads over one connection until the connection is lost or the feed is closed. */
  async #read(settings: ChangeFeedSettings): Promise<void> {
    const { url, timeout, rules } = settings;
    const clock = this.#clock;
    // Loaded on demand: most applications have no change feed.
    const [{ Session }, { LogReader }, { findProblems }] = await Promise.all([
      import('../postgres/session.js'),
      import('./log-reader.js'),
      import('./triggers/status.js'),
    ]);
    const session = await Session.open(url, { clock, timeout, applicationName: 'larder change feed' });
    try {
      const wanted = rules.map(({ table, columns }) => ({ table, columns }));
      this.#refuse(await findProblems(session, wanted));
      const failed = (table: string, error: LarderChangeFeedError) =>
        this.#report({ type: 'feed-rule-failed', table, error });
      const reader = new LogReader(session, {
        settings,
        clock,
        wakeSignal: this.#wakeSignal,
        mapper: new RuleMapper(rules, failed, this.#cache.rowChanged),
        dependencies: this.#dependencies,
        delivery: new Delivery(this.#cache, clock, this.#random, this.#wakeSignal),
        report: this.#report,
        isShared: this.#cache.isShared,
        cursor: this.#cursor,
        check: async () => this.#checked(await findProblems(session, wanted)),
        told: (news) => this.#hears(news),
      });
      this.#unread = new Unread(session, clock, this.#cursor, () => this.#state !== 'standing-by');
      await reader.run();
    } finally {
      this.#unread = undefined;
      await session.close();
    }
  }

  /** Gaps fail the start of a process; a process that has read before goes on with them. */
  #refuse({ fault, gaps, isOutdated }: TriggerProblems): void {
    const problems = fault === undefined ? gaps.map(({ problem }) => problem) : [fault];
    if (fault !== undefined || (gaps.length > 0 && !this.#hasFollowed)) {
      this.#gaps = problems;
      throw new LarderChangeFeedError('triggers', problems.join('; '));
    }
    if (isOutdated) this.#report({ type: 'feed-outdated' });
  }

  /** @returns tables of which changes may have been missed since the last check, those whose gap has closed included */
  #checked({ fault, gaps }: TriggerProblems): readonly string[] {
    if (fault !== undefined) throw new LarderChangeFeedError('triggers', fault);
    this.#gaps = gaps.map(({ problem }) => problem);
    const fresh = this.#gaps.filter((problem) => !this.#told.has(problem));
    if (fresh.length > 0) this.#report({ type: 'feed-gaps', problems: fresh });
    if (gaps.length === 0 && this.#told.size > 0) this.#report({ type: 'feed-gaps-closed' });
    for (const problem of fresh) this.#told.add(problem);
    if (gaps.length === 0) this.#told.clear();
    const untold = new Set([...this.#untold, ...gaps.map(({ table }) => table)]);
    this.#untold = gaps.map(({ table }) => table);
    return [...untold];
  }

  #hears(news: LogReaderNews): void {
    if ('behind' in news) {
      this.#freshAt = this.#clock.elapsed() - news.behind;
      this.#isBehind = true;
    } else if ('reads' in news) {
      this.#delivered.readBegins();
    } else if ('read' in news) {
      this.#snapshot = news.read;
      this.#lastRow = news.last ?? this.#lastRow;
    } else if ('caughtUp' in news) {
      this.#freshAt = news.caughtUp;
      this.#isBehind = false;
      this.#follows('reading');
      this.#delivered.readEnds();
    } else if (news.state === 'standing-by') {
      this.#follows('standing-by');
    }
  }

  #follows(state: 'reading' | 'standing-by'): void {
    if (this.#state !== state) this.#report({ type: 'feed-followed', as: state === 'reading' ? 'reader' : 'stand-by' });
    this.#state = state;
    this.#hasFollowed = true;
    this.#error = undefined;
    this.#tries = 0;
    this.#isReady?.();
  }

  #failed(error: Error): void {
    if (this.#wakeSignal.isOver) return;
    if (this.#state !== 'waiting') this.#report({ type: 'feed-lost', error });
    this.#state = 'waiting';
    this.#delivered.fail();
    this.#error = error;
    if (isLasting(error)) this.#isReady?.();
  }
}

/** Whether a retry would fail too, because a package or the triggers must be installed first. */
function isLasting(error: unknown): boolean {
  return error instanceof LarderOptionsError || (error instanceof LarderChangeFeedError && error.reason === 'triggers');
}

/** After this error the reader pauses long enough for a stand-by, which tries once per `pollInterval`, to take over. */
function isUndelivered(error: unknown): boolean {
  return error instanceof LarderChangeFeedError && error.reason === 'undelivered';
}
