import { setTimeout as delay } from 'node:timers/promises';
import { LarderOptionsError } from '../base/errors.js';
import { unknownOptions } from '../base/suggestion.js';

/** An item whose work failed, and why. */
export interface BatchFailure<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/** How far a batch has come. */
export interface BatchProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** What came of a batch. */
export interface BatchReport<Item, Result = unknown> {
  /** In the order of the items. */
  readonly done: readonly { readonly item: Item; readonly result: Result }[];
  readonly failed: readonly BatchFailure<Item>[];
  /** Those that were not begun, because the signal was aborted, or after an error with `continueOnError: false`. */
  readonly skipped: readonly Item[];
}

export interface BatchOptions {
  /** Items of a group, which are worked on at the same time: 1 to 1,000. Default 5. */
  readonly size?: number;
  /** Items begun in a second at most; above zero. Default: as many as can be. */
  readonly perSecond?: number;
  /** Aborted: no further group is begun. Also handed to the work. */
  readonly signal?: AbortSignal;
  /** `false`: begins no further group after one in which an item failed. Default `true`. */
  readonly continueOnError?: boolean;
  /** Told after each item. What it throws ends nothing. */
  readonly onProgress?: (progress: BatchProgress) => void;
}

/**
 * Works on items in groups, one group after the other, and goes on past failures unless it is told to stop.
 *
 * @returns what came of each item; rejects for no item's sake
 * @throws LarderOptionsError
 *
 * @example
 * ```ts
 * const report = await runBatch(accounts, (account) => account.refresh(), { size: 5, perSecond: 20 });
 * for (const { item, error } of report.failed) console.warn(item.name, error);
 * ```
 */
export async function runBatch<Item, Result>(
  items: readonly Item[],
  work: (item: Item, context: { readonly signal: AbortSignal | undefined }) => Result | Promise<Result>,
  options: BatchOptions = {},
): Promise<BatchReport<Item, Awaited<Result>>> {
  const { size = 5, perSecond = Number.POSITIVE_INFINITY, continueOnError = true, signal, onProgress } = options;
  check(options, { size, perSecond, continueOnError });
  const done: { item: Item; result: Awaited<Result> }[] = [];
  const failed: BatchFailure<Item>[] = [];
  const progress = { total: items.length, done: 0, failed: 0 };
  const one = async (item: Item, place: number) => {
    try {
      done[place] = { item, result: await work(item, { signal }) };
      progress.done++;
    } catch (error) {
      failed[place] = { item, error };
      progress.failed++;
    }
    tell(onProgress, { ...progress });
  };
  let next = 0;
  let free = performance.now();
  const isOver = () => signal?.aborted === true || (!continueOnError && progress.failed > 0);
  while (next < items.length && !isOver()) {
    while (free > performance.now() && !signal?.aborted) await pause(free - performance.now(), signal);
    if (signal?.aborted) break;
    const group = items.slice(next, next + size);
    free = Math.max(free, performance.now()) + (1000 * group.length) / perSecond;
    const first = next;
    next += group.length;
    await Promise.all(group.map((item, index) => one(item, first + index)));
  }
  const isThere = (outcome: unknown) => outcome !== undefined;
  return { done: done.filter(isThere), failed: failed.filter(isThere), skipped: items.slice(next) };
}

type Checked = Required<Pick<BatchOptions, 'size' | 'perSecond' | 'continueOnError'>>;

function check(options: BatchOptions, { size, perSecond, continueOnError }: Checked): void {
  const problems = [
    ...unknownOptions(options, ['size', 'perSecond', 'continueOnError', 'signal', 'onProgress'], 'runBatch'),
    ...(Number.isInteger(size) && size >= 1 && size <= 1000
      ? []
      : [`runBatch was given size: ${size}; it takes a whole number from 1 to 1000`]),
    ...(perSecond > 0 ? [] : [`runBatch was given perSecond: ${perSecond}; it takes a number above zero`]),
    ...(typeof continueOnError === 'boolean'
      ? []
      : [`runBatch was given continueOnError: ${String(continueOnError)}; it takes true or false`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

/** A timer of Node cannot wait longer than 24.8 days. */
const MAX_DELAY = 86_400_000;

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(Math.min(milliseconds, MAX_DELAY), undefined, { signal }).catch(() => {});
}

function tell(listener: BatchOptions['onProgress'], progress: BatchProgress): void {
  try {
    listener?.(progress);
  } catch (error) {
    process.emitWarning(`A listener for the progress of a batch failed: ${error}`, 'LarderWarning');
  }
}
