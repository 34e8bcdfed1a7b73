import { AsyncScope } from '../../base/async-scope.js';
import { LarderOptionsError } from '../../base/errors.js';
import type { Settle } from '../../cache/observed/writing.js';
import type { OrmPool } from '../../postgres/pool-database.js';
import type { Observation } from '../observed-query.js';
import { ActiveLoads } from './active-loads.js';
import { ClientHook } from './client-hook.js';
import { CommitHold } from './commit-hold.js';
import { Patches, prototypeOf } from './driver/patches.js';
import type { PgClient, PgPool } from './driver/pg-parts.js';
import type { Given } from './driver/statement.js';
import { KnownTexts } from './known-texts.js';
import { ObservedLoad } from './observed-load.js';
import { PoolHook } from './pool-hook.js';
import { SessionCheck } from './session-check.js';

/** A pool or a client of the package `pg`, of any version from 8.16. */
export interface Observable {
  query(text: string): unknown;
}

/** A value, and the queries that it was loaded by. */
export interface ObservedValue<T> {
  readonly value: T;
  readonly observation: Observation;
}

/**
 * Sees the statements that loads send through the client `pg`, directly or through a library that uses it.
 *
 * @example
 * const observer = new QueryObserver();
 * observer.observe(pool);
 * const { value, observation } = await observer.run(() => pool.query('select * from items where id = $1', [7]));
 */
export class QueryObserver {
  readonly #scope = new AsyncScope<ObservedLoad>();
  readonly #active = new ActiveLoads();
  readonly #sessions = new SessionCheck(this.#scope);
  readonly #clients: ClientHook;
  readonly #pools: PoolHook;
  readonly #patches = new Patches();

  /** @param settle waits until commits are delivered; `undefined` to wait for none */
  constructor(settle?: Settle) {
    const commits = settle && new CommitHold(this.#scope, settle);
    const texts = new KnownTexts();
    this.#clients = new ClientHook({
      scope: this.#scope,
      sessions: this.#sessions,
      active: this.#active,
      commits,
      texts,
    });
    this.#pools = new PoolHook(this.#scope, this.#clients, commits, texts);
  }

  /**
   * Observes every client and pool of the copy of `pg` that `target` comes from. Statements that reach another database than
   * the first target make a load uncacheable. May be called again.
   *
   * @throws LarderOptionsError if `target` is neither a pool nor a client
   */
  observe(target: Observable): void {
    const { Client } = target as unknown as PgPool;
    const clients = prototypeOf(Client === undefined ? target : Object.create(Client.prototype), 'query');
    if (clients === undefined || typeof target?.query !== 'function') {
      throw new LarderOptionsError([
        'Invalid database: got no pool or client of pg, expected one. Give the Pool of the package pg.',
      ]);
    }
    this.#patches.install(clients, 'query', (client: PgClient, original, given: [unknown]) =>
      this.#clients.query(client, original, given),
    );
    const pools = Client && prototypeOf(target, 'connect');
    if (pools && Object.hasOwn(pools, 'query')) {
      this.#patches.install(pools, 'query', (pool: PgPool, original, given: Given) =>
        this.#pools.query(pool, original, given),
      );
    }
    if (pools)
      this.#patches.install(pools, 'connect', (pool: PgPool, original, given: unknown[]) =>
        this.#pools.connect(pool, original, given),
      );
    void this.#sessions.learn(target);
  }

  /** Observes waits for connections of a pool that is not one of `pg`: a load that waits there joins no batch meanwhile. */
  observeWaits(pool: OrmPool): void {
    const pools = prototypeOf(pool, 'acquire') ?? pool;
    this.#patches.install(pools, 'acquire', (self: object, original, given: unknown[]) =>
      this.#pools.acquire(self, original, given),
    );
  }

  /** Resolves when the observed database has answered, or cannot be reached. Until then no load is cached by its queries. */
  ready(): Promise<void> {
    return this.#sessions.ready();
  }

  /**
   * Runs a load and sees its queries. A load inside it that is run by this method too keeps its queries for itself.
   *
   * @param needsRows whether to keep the rows of the results of a text
   * @throws what `load` throws
   */
  run<T>(load: () => T | PromiseLike<T>, needsRows: (text: string) => boolean = () => true): Promise<ObservedValue<T>> {
    return this.runThen(load, needsRows, (value, observation) => ({ value, observation }));
  }

  /**
   * As {@link run}, without a promise between the load and what is made of it.
   *
   * @throws what `load` throws
   */
  runThen<T, Result>(
    load: () => T | PromiseLike<T>,
    needsRows: (text: string) => boolean,
    ended: (value: T, observation: Observation) => Result | Promise<Result>,
  ): Promise<Result> {
    const observed = new ObservedLoad(this.#active.count(), needsRows);
    const outer = this.#scope.current;
    outer?.await();
    this.#active.add(observed);
    const end = () => {
      const observation = observed.end();
      this.#active.delete(observed);
      outer?.endAwait();
      this.#scope.leave();
      return observation;
    };
    return this.#scope.enter(observed, begin<T>, load).then(
      (value) => ended(value, end()),
      (error) => {
        end();
        throw error;
      },
    );
  }

  /** Takes the hooks away. */
  stop(): void {
    this.#patches.undo();
  }
}

/** Calls a load. Query builders send nothing before they are awaited: that must happen inside the scope. */
function begin<T>(load: () => T | PromiseLike<T>): Promise<T> {
  try {
    return Promise.resolve(load());
  } catch (error) {
    return Promise.reject(error);
  }
}
