import { randomUUID } from 'node:crypto';
import { backOff } from '../base/backoff.js';
import { type Clock, SystemClock } from '../base/clock.js';
import { LarderChangeFeedError, LarderOptionsError } from '../base/errors.js';
import type { EventListener } from '../cache/state/events.js';
import { Session } from '../postgres/session.js';
import { Delivery, type Invalidator } from './delivery.js';
import { LogReader, type LogReaderNews } from './log-reader.js';
import { type ChangeFeedOptions, type ChangeFeedSettings, cursorName, toChangeFeedSettings } from './options.js';
import { RuleMapper } from './rule-mapper.js';
import { findProblems, type TriggerProblems } from './triggers/status.js';
import { WakeSignal } from './wake-signal.js';

/** How a change feed is doing. */
export interface ChangeFeedStatus {
  /**
   * `reading`: this process reads, for all or for itself. `standing-by`: another one does. `waiting`: it cannot read, and tries
   * again. `off`: there is none.
   */
  readonly state: 'off' | 'starting' | 'reading' | 'standing-by' | 'waiting' | 'closed';
  /**
   * How old the oldest change may be, in milliseconds, that was committed and is not invalidated yet; `undefined` where another
   * process reads, or nothing was read yet.
   */
  readonly lag: number | undefined;
  /** Why it could not read the last time. Stays until it reads again. */
  readonly error: Error | undefined;
  /** Changes that the triggers do not tell of as they are now. */
  readonly gaps: readonly string[];
}

export interface ChangeFeedSurroundings {
  /** The time. Default: the machine's. */
  readonly clock?: Clock;
  /** Chance, for pauses: numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Told what the feed cannot tell anybody else. Default: nobody. */
  readonly onEvent?: EventListener;
}

/** How long a start waits for the database before it goes on without, in milliseconds. */
const START_TIMEOUT = 2000;
const MIN_RETRY_DELAY = 100;
const MAX_RETRY_DELAY = 5000;

/**
 * Invalidates what is changed in PostgreSQL, whoever changes it. `LarderModule` makes one with its option `changeFeed`; it can
 * be injected there to ask for its status.
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
  readonly #cursor: string;
  #state: ChangeFeedStatus['state'] = 'off';
  #error: Error | undefined;
  #gaps: readonly string[] = [];
  /** Problems that were told, since there were none the last time. */
  readonly #told = new Set<string>();
  /** Tables that changes were missed of when the triggers were last looked at. */
  #untold: readonly string[] = [];
  #hasFollowed = false;
  /** When the oldest change was made that may not be delivered yet, on the clock's `elapsed`. */
  #freshAt: number | undefined;
  #tries = 0;
  #running: Promise<void> | undefined;
  #isReady: (() => void) | undefined;

  /**
   * @param options without any it is off
   * @throws LarderOptionsError listing every option that does not hold what it takes
   */
  constructor(cache: Invalidator, options: ChangeFeedOptions | undefined, surroundings: ChangeFeedSurroundings = {}) {
    const { settings, problems } = options ? toChangeFeedSettings(options) : { settings: undefined, problems: [] };
    if (problems.length > 0) throw new LarderOptionsError(problems);
    const { clock = new SystemClock(), random = Math.random, onEvent = () => {} } = surroundings;
    this.#cache = cache;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#report = quietly(onEvent);
    this.#wakeSignal = new WakeSignal(clock);
    this.#cursor = settings && cache.isShared ? cursorName(settings) : `process:${randomUUID()}`;
  }

  /**
   * Begins to read. Resolves when what was committed before is invalidated, or another process sees to that; or after two
   * seconds if the database does not answer: then it goes on trying.
   *
   * @throws LarderChangeFeedError if the triggers in the database are not those that the rules need
   * @throws LarderOptionsError without the package pg
   */
  async start(): Promise<void> {
    if (this.#settings === undefined || this.#running !== undefined) return;
    this.#state = 'starting';
    const ready = new Promise<void>((resolve) => (this.#isReady = resolve));
    const late = new Promise<void>((resolve) => void this.#clock.after(START_TIMEOUT, resolve));
    this.#running = this.#run(this.#settings);
    await Promise.race([ready, late]);
    if (isLasting(this.#error)) {
      const error = this.#error;
      await this.close();
      throw error;
    }
  }

  /** How it is doing now. */
  status(): ChangeFeedStatus {
    const isKnown = this.#state === 'reading' || this.#state === 'waiting';
    const lag = isKnown && this.#freshAt !== undefined ? Math.max(0, this.#clock.elapsed() - this.#freshAt) : undefined;
    return { state: this.#state, lag, error: this.#error, gaps: this.#gaps };
  }

  /** Finishes what is being delivered, writes down where it is, and lets another process read. */
  async close(): Promise<void> {
    this.#wakeSignal.end();
    await this.#running;
    if (this.#state !== 'off') this.#state = 'closed';
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

  /** Reads over one connection until it is lost. */
  async #read(settings: ChangeFeedSettings): Promise<void> {
    const { url, timeout, rules } = settings;
    const clock = this.#clock;
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
        mapper: new RuleMapper(rules, failed),
        delivery: new Delivery(this.#cache, clock, this.#random, this.#wakeSignal),
        report: this.#report,
        isShared: this.#cache.isShared,
        cursor: this.#cursor,
        check: async () => this.#checked(await findProblems(session, wanted)),
        told: (news) => this.#hears(news),
      });
      await reader.run();
    } finally {
      await session.close();
    }
  }

  /** A process does not start with gaps; one that runs goes on with them. */
  #refuse({ fault, gaps, isOutdated }: TriggerProblems): void {
    const problems = fault === undefined ? gaps.map(({ problem }) => problem) : [fault];
    if (fault !== undefined || (gaps.length > 0 && !this.#hasFollowed)) {
      this.#gaps = problems;
      throw new LarderChangeFeedError('triggers', problems.join('; '));
    }
    if (isOutdated) this.#report({ type: 'feed-outdated' });
  }

  /** @returns tables that may have changed untold since the last time: also those that are told of again by now */
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
    } else if ('caughtUp' in news) {
      this.#freshAt = news.caughtUp;
      this.#follows('reading');
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
    this.#error = error;
    if (isLasting(error)) this.#isReady?.();
  }
}

/** Whether a later try would fail, too: something is to be installed first. */
function isLasting(error: unknown): boolean {
  return error instanceof LarderOptionsError || (error instanceof LarderChangeFeedError && error.reason === 'triggers');
}

/** Then another process shall have the time to take over: those that stand by ask once in `pollInterval`. */
function isUndelivered(error: unknown): boolean {
  return error instanceof LarderChangeFeedError && error.reason === 'undelivered';
}

/** A listener that fails must not fail what it listens to. */
function quietly(listener: EventListener): EventListener {
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      process.emitWarning(`A listener for change feed events failed: ${error}`, 'LarderWarning');
    }
  };
}
