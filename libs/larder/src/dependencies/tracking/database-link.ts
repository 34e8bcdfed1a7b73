import { backOff } from '../../base/backoff.js';
import type { Clock } from '../../base/clock.js';
import { LarderChangeFeedError, LarderOptionsError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import { addUses, demandUses, readUses, type Use } from '../../change-feed/triggers/used-columns.js';
import { WakeSignal } from '../../change-feed/wake-signal.js';
import { type DatabasePool, onPool } from '../../postgres/pool-database.js';
import { type PostgresAddress, Session } from '../../postgres/session.js';
import { Analyser } from '../analysis/analyser.js';
import type { Analysed, Analysis } from '../analysis/analysis.js';
import { fingerprintOf } from '../catalog/facts.js';
import type { ObservedQuery } from '../observed-query.js';
import { definitionsAreNew, keepDefinitions } from './definitions.js';
import { everythingOf } from './dependency-names.js';
import { KnownUses, type Moment } from './known-uses.js';
import type { Knowledge } from './query-tracker.js';
import { demandSameServer } from './same-server.js';
import { WatchedTables } from './watched-tables.js';

export interface DatabaseLinkOptions {
  readonly pool: DatabasePool;
  /** The database of the change feed. */
  readonly url: PostgresAddress;
  /** Of a query, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** The name of the entries that several processes share; `undefined` if this process alone has them. */
  readonly sharedName: string | undefined;
  /** Whether the change feed delivers the changes of the log. */
  readonly isFeedFollowed: () => boolean;
  readonly invalidate: (names: readonly string[]) => Promise<unknown>;
  /** Invalidates every entry of the cache. */
  readonly invalidateEverything: () => Promise<unknown>;
}

/** How often definitions are compared, in milliseconds: the bound of rule 21. */
const CHECK_INTERVAL = 10_000;
/** How long `start` waits for the database before it resolves without it, in milliseconds. */
const START_TIMEOUT = 2000;
/** How long a load waits for the registration of its queries, in milliseconds. */
const REGISTRATION_TIMEOUT = 1000;
/** How long to wait for the list of tables in use, in milliseconds, and for a connection to ask for it. */
const USES_TIMEOUT = 250;
const MIN_RETRY_DELAY = 100;
const MAX_RETRY_DELAY = 5000;

/** Knows the tables of the database, and registers in it what cached queries use. */
export class DatabaseLink implements Knowledge {
  readonly #options: DatabaseLinkOptions;
  readonly #uses = new KnownUses();
  readonly #watched = new WatchedTables(() => this.#uses.now());
  readonly #wake: WakeSignal;
  #analyser: Analyser | undefined;
  #session: Session | undefined;
  #isOpen = false;
  #wanted: Use[] = [];
  #registering: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;

  constructor(options: DatabaseLinkOptions) {
    this.#options = options;
    this.#wake = new WakeSignal(options.clock);
  }

  /**
   * Resolves when the database is known, or after two seconds if it does not answer.
   *
   * @throws LarderOptionsError if `libpg-query` is not installed, or the options lead to different databases
   * @throws LarderChangeFeedError if the change log lacks the table of used columns
   */
  async start(): Promise<void> {
    const { clock } = this.#options;
    const opened = new Promise<void>((resolve, reject) => {
      this.#running ??= this.#run(resolve, reject);
    });
    await withinLimit(clock, START_TIMEOUT, opened, () => {});
  }

  async stop(): Promise<void> {
    this.#wake.end();
    await this.#running;
  }

  get problem(): string | undefined {
    if (!this.#isOpen) return 'the database of its queries is not known at the moment';
    return this.#options.isFeedFollowed() ? undefined : 'the change feed does not read at the moment';
  }

  begin(): Moment {
    return this.#uses.now();
  }

  analyse(query: ObservedQuery): Analysis | Promise<Analysis> {
    return this.#analyser?.dependenciesOf(query) ?? { reason: 'the database is not known' };
  }

  problemOf(table: string): string | undefined {
    return this.#watched.problemOf(table);
  }

  needsRows(text: string): boolean {
    return this.#analyser?.needsRows(text) ?? true;
  }

  isFollowed({ dependencies, columns }: Analysed, began: Moment): boolean {
    const isUsable = (table: string, column: string, isKey: boolean) =>
      this.#uses.has(table, column, isKey, began) && this.#watched.isWatchedSince(table, began);
    return (
      dependencies.every(({ table, column }) => isUsable(table, column ?? '', column !== undefined)) &&
      columns.every(({ table, column }) => isUsable(table, column, false))
    );
  }

  async register(uses: readonly Use[]): Promise<void> {
    const now = this.#uses.now();
    const fresh = uses.filter((use) => this.#uses.missing([use], now).length > 0 || !this.#watched.isKnown(use.table));
    if (fresh.length === 0) return;
    this.#wanted.push(...fresh);
    this.#registering ??= this.#registerAll().finally(() => {
      this.#registering = undefined;
    });
    await withinLimit(this.#options.clock, REGISTRATION_TIMEOUT, this.#registering, () => {});
  }

  /** Invalidates everything that depends on tables, those included that only other processes use. Never rejects. */
  async invalidateAll(): Promise<void> {
    const { invalidate, invalidateEverything } = this.#options;
    const tables = await this.#tablesInUse();
    // Nothing is known then: an entry of another process may depend on any table.
    if (tables === undefined) await invalidateEverything();
    else await invalidate([...new Set(tables)].map(everythingOf));
  }

  /** Asks over a new connection if there is none, or it does not answer. */
  async #tablesInUse(): Promise<string[] | undefined> {
    const { clock, url } = this.#options;
    const current = this.#session;
    const found = current && (await withinLimit(clock, USES_TIMEOUT, tablesOf(current), () => undefined));
    if (found !== undefined) return found;
    const options = { clock, timeout: USES_TIMEOUT, applicationName: 'larder own writes' };
    const session = await Session.open(url, options).catch(() => undefined);
    const tables = session && (await tablesOf(session));
    void session?.close();
    return tables;
  }

  async #registerAll(): Promise<void> {
    // Loads that end in one turn share a statement.
    await undefined;
    while (this.#wanted.length > 0) {
      const session = this.#session;
      const uses = this.#wanted;
      this.#wanted = [];
      if (session === undefined) return;
      await this.#inTurn(async () => {
        const missing = this.#uses.missing(uses, this.#uses.now());
        if (missing.length > 0) await session.transaction(() => addUses(session, missing));
        await this.#checkNew(session, uses);
        // Only now: a load that begins from here on sees every change that was read before.
        if (this.#isOpen) this.#uses.confirm(missing);
      });
    }
  }

  /** Runs work on the session while no other work runs on it: a transaction must not have statements of others. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #run(opened: () => void, failed: (error: unknown) => void): Promise<void> {
    const { clock, random, url, timeout } = this.#options;
    let tries = 0;
    while (!this.#wake.isOver) {
      let session: Session | undefined;
      try {
        session = await Session.open(url, { clock, timeout, applicationName: 'larder dependencies' });
        session.onCall = () => this.#wake.ring();
        await this.#open(session);
        tries = 0;
        opened();
        await this.#follow(session);
      } catch (error) {
        if (isLasting(error)) failed(error);
      } finally {
        this.#isOpen = false;
        this.#session = undefined;
        this.#uses.forget();
        await session?.close();
      }
      await this.#wake.sleep(backOff(tries++, MIN_RETRY_DELAY, MAX_RETRY_DELAY, random));
    }
  }

  async #open(session: Session): Promise<void> {
    await demandUses(session);
    await this.#onPool((database) => demandSameServer(session, database));
    if (this.#analyser === undefined) this.#analyser = await this.#onPool((database) => Analyser.open({ database }));
    this.#session = session;
    await this.#check(session);
    this.#isOpen = true;
  }

  async #follow(session: Session): Promise<void> {
    while (!this.#wake.isOver) {
      await this.#wake.wait(CHECK_INTERVAL);
      if (!this.#wake.isOver) await this.#inTurn(() => this.#check(session));
    }
  }

  async #check(session: Session): Promise<void> {
    const { sharedName } = this.#options;
    const analyser = this.#analyser as Analyser;
    const uses = await readUses(session);
    this.#uses.replace(uses);
    const fingerprint = await this.#onPool(fingerprintOf);
    let isNew = fingerprint !== analyser.fingerprint;
    if (isNew) await this.#onPool((database) => analyser.refresh(database));
    if (!this.#isOpen && sharedName !== undefined) {
      isNew = (await definitionsAreNew(session, sharedName, analyser.fingerprint)) || isNew;
    }
    if (!isNew) return this.#checkNew(session, uses);
    await this.#watched.check(session, this.#uses.tables);
    // After the new definitions are known: a load that begins after this one is analysed by them.
    await this.#options.invalidate(this.#uses.tables.map(everythingOf));
    if (sharedName !== undefined) await keepDefinitions(session, sharedName, analyser.fingerprint);
  }

  /** Checks tables that were not checked before. */
  #checkNew(session: Session, uses: readonly Use[]): Promise<void> {
    const tables = new Set(uses.map(({ table }) => table));
    return this.#watched.check(
      session,
      [...tables].filter((table) => !this.#watched.isKnown(table)),
    );
  }

  #onPool<T>(work: Parameters<typeof onPool<T>>[2]): Promise<T> {
    const { pool, clock, timeout } = this.#options;
    return onPool(pool, { clock, timeout }, work);
  }
}

async function tablesOf(session: Session): Promise<string[] | undefined> {
  const uses = await readUses(session).catch(() => undefined);
  return uses?.map(({ table }) => table);
}

/** Whether a retry would fail too. */
function isLasting(error: unknown): boolean {
  return error instanceof LarderOptionsError || (error instanceof LarderChangeFeedError && error.reason === 'triggers');
}
