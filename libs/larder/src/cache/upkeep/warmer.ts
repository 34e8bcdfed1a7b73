import { BATCH_SIZE, nextTurn } from '../../base/batches.js';
import { inParallel } from '../../base/concurrency.js';
import { LarderOptionsError } from '../../base/errors.js';
import { quietly } from '../../base/listeners.js';
import { unknownOptions } from '../../base/suggestion.js';
import type { EntryFinder } from '../reads/entry-finder.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { WarmFailure, WarmReport } from '../state/warm-report.js';
import type { Arguments, Callable } from './cached-methods.js';

export interface WarmOptions {
  /** The largest number of loads at a time, from 1. Default 5. */
  readonly concurrency?: number;
  /** When it is aborted, no further load begins; running loads are awaited. */
  readonly signal?: AbortSignal;
  /** `false`: no further load begins after one that failed. Default `true`. */
  readonly continueOnError?: boolean;
  /** Called after each entry. What it throws is ignored. */
  readonly onProgress?: (progress: WarmProgress) => void;
}

export interface WarmProgress {
  /** Entries done so far. */
  readonly done: number;
  readonly total: number;
}

const DEFAULT_CONCURRENCY = 5;

/** Loads values before a caller asks for them. */
export class Warmer {
  readonly #context: CacheContext;
  readonly #finder: EntryFinder;
  readonly #refresher: Refresher;

  constructor(context: CacheContext, finder: EntryFinder, refresher: Refresher) {
    this.#context = context;
    this.#finder = finder;
    this.#refresher = refresher;
  }

  /**
   * An entry that fails does not reject it.
   *
   * @throws LarderOptionsError
   */
  async warm(
    { requestFor }: Pick<Callable, 'requestFor'>,
    lists: readonly Arguments[],
    options: WarmOptions = {},
  ): Promise<WarmReport> {
    const { concurrency = DEFAULT_CONCURRENCY, signal, continueOnError = true, onProgress } = options;
    const problems = unknownOptions(options, ['concurrency', 'signal', 'continueOnError', 'onProgress'], 'warm');
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      problems.push(`invalid concurrency of warm: got ${String(concurrency)}, expected a whole number from 1`);
    }
    if (typeof continueOnError !== 'boolean') {
      problems.push(`invalid continueOnError of warm: got ${String(continueOnError)}, expected true or false`);
    }
    if (problems.length > 0) throw new LarderOptionsError(problems);
    const report = quietly(onProgress, 'The onProgress listener of warm');
    const { clock, closing } = this.#context;
    const began = clock.elapsed();
    const counts = { loaded: 0, fresh: 0, skipped: 0 };
    const failed: WarmFailure[] = [];
    let done = 0;
    const isOver = () => closing.aborted || signal?.aborted === true || (!continueOnError && failed.length > 0);
    const one = async (parameters: Arguments) => {
      try {
        counts[await this.#fetch(requestFor, parameters, isOver)]++;
      } catch (error) {
        failed.push({ arguments: parameters, error });
      }
      done++;
      report({ done, total: lists.length });
      // Either all workers are waiting, or the others go on.
      if (done % BATCH_SIZE < concurrency) await nextTurn();
    };
    await inParallel(lists, concurrency, one, isOver);
    const skipped = counts.skipped + lists.length - done;
    const took = clock.elapsed() - began;
    return { total: lists.length, ...counts, skipped, failed, took };
  }

  async #fetch(
    requestFor: Callable['requestFor'],
    parameters: Arguments,
    isOver: () => boolean,
  ): Promise<'loaded' | 'fresh' | 'skipped'> {
    const request = requestFor(parameters);
    if (request === undefined) return 'skipped';
    if (this.#finder.isPrepared(request.path)) return 'fresh';
    const brought = await this.#refresher.bring(request);
    if (brought === 'found' || brought === 'under way') return 'fresh';
    // Once more: what is warmed should be stored, and not only be loaded.
    if (brought === 'unstored' && !isOver()) await this.#refresher.bring(request);
    return 'loaded';
  }
}
