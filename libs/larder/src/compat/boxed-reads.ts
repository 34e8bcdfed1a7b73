import { LarderValueError } from '../base/errors.js';
import type { Engine } from '../cache/engine.js';
import type { Policy } from '../cache/policy/policy.js';
import { ReadRequest } from '../cache/state/read-request.js';
import { type Box, boxOf, changeableCopy } from './box.js';

/** How to get a value that is not stored. */
export interface Source<T> {
  work(): T | Promise<T>;
  /** How long the value is stored, in milliseconds; below 1, it is not stored. */
  life(value: T): number;
  /** Whether the value is for every caller of its key; otherwise only the caller of `work` gets it. */
  isForAll?(value: T): boolean;
}

/** What a read found. `own`: this call ran the work. `none`: another call did, and its value is not for all. */
export type Reading<T> =
  | { readonly from: 'store' | 'other'; readonly value: T; readonly expires?: number }
  | { readonly from: 'own'; readonly value: T; readonly expires?: number }
  | { readonly from: 'none' };

interface Run<T> {
  ended?: { readonly value: T; readonly expires?: number };
  problem?: unknown;
}

type OwnPolicy = { -readonly [Name in keyof Policy]: Policy[Name] };

/** Reads boxes through the engine: with its stamps, one load for concurrent callers, and leases between processes. */
export class BoxedReads {
  readonly #engine: Engine;
  readonly #base: Policy;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#base = engine.policy({ ttl: Number.POSITIVE_INFINITY, jitter: 0 });
  }

  /** The stored value of a path, or the result of the work, which is stored. */
  async read<T>(path: string, source: Source<T>): Promise<Reading<T>> {
    const { finder, reader } = this.#engine;
    const run: Run<T> = {};
    const request = this.#request(path, source, run);
    const box = (await (finder.hit(path, this.#base.counters) ?? reader.read(request))) as Box | undefined;
    if (run.ended !== undefined) return { from: 'own', ...run.ended };
    if (box === undefined) return { from: 'none' };
    const from = request.outcome === 'stored' ? 'store' : 'other';
    return { from, value: this.copy(box.value) as T, expires: box.expires };
  }

  /**
   * Loads a new value in the background, once for all processes. Never rejects.
   *
   * @param expires when the present value expires
   * @returns what this process loaded, or why it could not; `undefined` if it did not load
   */
  async refresh<T>(path: string, source: Source<T>, expires: number): Promise<Run<T> | undefined> {
    const run: Run<T> = {};
    const request = this.#request(path, source, run);
    await this.#engine.refresher.refresh(request, ({ value }) => ((value as Box).expires ?? 0) > expires);
    return run.ended === undefined && run.problem === undefined ? undefined : run;
  }

  copy(value: unknown): unknown {
    return changeableCopy(value, this.#engine.context.classes);
  }

  #request<T>(path: string, source: Source<T>, run: Run<T>): ReadRequest {
    // Of this request alone: the value decides about its TTL, and whether it is stored.
    const policy: OwnPolicy = { ...this.#base };
    const load = async (): Promise<Box | undefined> => {
      try {
        return this.#boxed(await source.work(), source, run, policy);
      } catch (error) {
        run.problem = error;
        throw error;
      }
    };
    return new ReadRequest(path, load, policy);
  }

  #boxed<T>(value: T, source: Source<T>, run: Run<T>, policy: OwnPolicy): Box | undefined {
    const isForAll = source.isForAll?.(value) ?? true;
    const life = isForAll && value !== undefined ? source.life(value) : 0;
    const { classes, clock } = this.#engine.context;
    const now = clock.now();
    run.ended = life > 0 && life < Number.POSITIVE_INFINITY ? { value, expires: now + life } : { value };
    if (!isForAll) return undefined;
    policy.inMemory = policy.isShared = life > 0;
    if (life > 0) policy.ttl = life;
    try {
      return boxOf(value, life, now, classes);
    } catch (error) {
      // The engine reports the value that it cannot store.
      if (error instanceof LarderValueError) return { value };
      throw error;
    }
  }
}
