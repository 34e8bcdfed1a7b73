import { backOff } from '../../base/backoff.js';
import { BATCH_SIZE, nextTurn } from '../../base/batches.js';
import { sleep } from '../../base/clock.js';
import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import type { Target } from '../../keys/target.js';
import type { CacheContext } from '../state/context.js';
import { slotsOfTargets } from './target-slots.js';
import type { Writer } from './writer.js';

export interface InvalidateAllOptions {
  /** How many times an undelivered step is retried, from 0. Default 3. */
  readonly retries?: number;
  /** `false`: stops at the first target that fails, and at the first undelivered step. Default `true`. */
  readonly continueOnError?: boolean;
  /** Stops before the next thousand targets, or the next retry. */
  readonly signal?: AbortSignal;
}

/** The result of a bulk invalidation. */
export interface InvalidationReport {
  /** Targets that are invalidated on every node. */
  readonly delivered: number;
  /** Targets that are invalidated on this node; the other nodes are notified as soon as possible. */
  readonly undelivered: readonly Target[];
  /** Targets that could not be invalidated, and why. */
  readonly failed: readonly { readonly target: Target; readonly error: unknown }[];
  /** Targets left out, because the signal was aborted, or after an error with `continueOnError: false`. */
  readonly skipped: readonly Target[];
}

const RETRIES = 3;
/** Milliseconds before the first retry; doubled for each further one. */
const RETRY_DELAY = 100;

/** Invalidates many targets, and goes on past those that fail. */
export async function invalidateAll(
  context: CacheContext,
  writer: Writer,
  targets: readonly Target[],
  options: InvalidateAllOptions,
): Promise<InvalidationReport> {
  checkOptions(options);
  const { retries = RETRIES, signal, continueOnError = true } = options;
  let delivered = 0;
  const undelivered: Target[] = [];
  const failed: { target: Target; error: unknown }[] = [];
  for (let start = 0; start < targets.length; start += BATCH_SIZE) {
    if (start > 0) await nextTurn();
    if (signal?.aborted) return { delivered, undelivered, failed, skipped: targets.slice(start) };
    const portion = targets.slice(start, start + BATCH_SIZE);
    const { good, slots } = await slotsOfGood(context, portion, failed, continueOnError);
    if (good.length > 0) {
      if (await deliver(context, writer, { slots, good }, retries, signal)) delivered += good.length;
      else undelivered.push(...good);
    }
    if (continueOnError || (failed.length === 0 && undelivered.length === 0)) continue;
    return { delivered, undelivered, failed, skipped: targets.slice(start + good.length + failed.length) };
  }
  return { delivered, undelivered, failed, skipped: [] };
}

function checkOptions(options: InvalidateAllOptions): void {
  demandOptions(options, 'options of invalidateAll');
  const { retries = RETRIES, continueOnError = true } = options;
  const problems = unknownOptions(options, ['retries', 'signal', 'continueOnError'], 'invalidateAll');
  if (!Number.isInteger(retries) || retries < 0) {
    problems.push(`invalid retries of invalidateAll: got ${String(retries)}, expected a whole number from 0`);
  }
  if (typeof continueOnError !== 'boolean') {
    problems.push(`invalid continueOnError of invalidateAll: got ${String(continueOnError)}, expected true or false`);
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

async function slotsOfGood(
  context: CacheContext,
  targets: readonly Target[],
  failed: { target: Target; error: unknown }[],
  continueOnError: boolean,
): Promise<{ good: Target[]; slots: number[] }> {
  const good: Target[] = [];
  const slots = new Set<number>();
  for (const target of targets) {
    try {
      for (const slot of await slotsOfTargets(context, [target])) slots.add(slot);
      good.push(target);
    } catch (error) {
      failed.push({ target, error });
      if (!continueOnError) break;
    }
  }
  return { good, slots: [...slots] };
}

async function deliver(
  { clock, random }: CacheContext,
  writer: Writer,
  { slots, good }: { readonly slots: readonly number[]; readonly good: readonly Target[] },
  retries: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    if ((await writer.invalidate(slots, good)).delivered) return true;
    if (tries >= retries || signal?.aborted) return false;
    await sleep(clock, backOff(tries, RETRY_DELAY, Number.POSITIVE_INFINITY, random));
  }
}
