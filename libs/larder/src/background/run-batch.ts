import { setTimeout as delay } from 'node:timers/promises';
import { LarderOptionsError } from '../base/errors.js';
import { quietly } from '../base/listeners.js';
import { unknownOptions } from '../base/suggestion.js';

/** An item whose work failed, and its error. */
export interface BatchFailure<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/** The progress of a batch. */
export interface BatchProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** The result of a batch. */
export interface BatchReport<Item, Result = unknown> {
  /** In the order of the items. */
  readonly done: readonly { readonly item: Item; readonly result: Result }[];
  readonly failed: readonly BatchFailure<Item>[];
  /** Items not begun, because the signal was aborted, or after an error with `continueOnError: false`. */
  readonly skipped: readonly Item[];
}

export interface BatchOptions {
  /** Items in a group, which run concurrently: 1 to 1,000. Default 5. */
  readonly size?: number;
  /** The most items begun per second; above zero. Default: no limit. */
  readonly perSecond?: number;
  /** When it is aborted, no further group begins. The work gets it too. */
  readonly signal?: AbortSignal;
  /** `false`: no further group begins after one with a failure. Default `true`. */
  readonly continueOnError?: boolean;
  /** Called after each item. What it throws is ignored. */
  readonly onProgress?: (progress: BatchProgress) => void;
}

/**
 * Works on items in groups, one group after the other, and goes on past failures unless `continueOnError` is `false`.
 *
 * @returns the result of each item; never rejects for an item
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
  const report = quietly(onProgress, 'The onProgress listener of runBatch');
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
    report({ ...progress });
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
      : [`invalid size of runBatch: got ${size}, expected a whole number from 1 to 1000`]),
    ...(perSecond > 0 ? [] : [`invalid perSecond of runBatch: got ${perSecond}, expected a number above zero`]),
    ...(typeof continueOnError === 'boolean'
      ? []
      : [`invalid continueOnError of runBatch: got ${String(continueOnError)}, expected true or false`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

/** Longer timers of Node fire at once; a day is enough to check again. */
const MAX_DELAY = 86_400_000;

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(Math.min(milliseconds, MAX_DELAY), undefined, { signal }).catch(() => {});
}
