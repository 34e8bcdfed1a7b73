import { LarderValueError } from '../../base/errors.js';
import { isShortened } from '../../keys/key.js';
import { keptCopyOf } from '../entries/copy.js';
import { Entry } from '../entries/entry.js';
import { textBytes } from '../entries/heap-size.js';
import { makeStorable, type Storable } from '../entries/storable.js';
import { scheduleOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';

/** What an entry takes besides its key and value: itself, its promise, its place in the store. `bench/heap.ts` measures it. */
const BOOKKEEPING_BYTES = 280;

/** Where a value belongs and what it depends on. */
export interface Place {
  readonly id: string;
  readonly slots: readonly number[];
  readonly tags: readonly string[];
  /** The table's sequence number at which the value was the one to keep. */
  readonly stamp: number;
  readonly loadedAt: number;
  /** Milliseconds its load took; 0 for what was set. */
  readonly loadCost: number;
}

/**
 * Puts a checked value into the store, unless something it depends on was invalidated after its stamp, or a value whose
 * load began later is there already.
 */
export function keep(
  context: CacheContext,
  place: Place,
  value: unknown,
  storable: Storable,
  policy: Policy,
): Entry | undefined {
  const { id, slots, tags, stamp, loadedAt, loadCost } = place;
  if (context.closing.aborted) return undefined;
  if (!context.table.unchangedSince(stamp, slots) || isOvertaken(context, place)) {
    context.statistics.invalidatedDuringLoad++;
    return undefined;
  }
  const { unfreezable } = storable;
  const expiresAt = context.clock.elapsed() + lifetime(value, policy, context.random);
  const entry = new Entry({
    id,
    value: unfreezable ? keptCopyOf(value, context.classes) : value,
    unfreezable,
    bytes: storable.bytes + textBytes(id) + BOOKKEEPING_BYTES,
    slots: isShortened(id) ? slots : undefined,
    tags,
    stamp: context.table.sequence,
    loadedAt,
    loadCost,
    isForeign: false,
    method: policy.method,
    ...scheduleOf(loadedAt, expiresAt, policy),
  });
  if (policy.inMemory) context.store.set(entry);
  return entry;
}

/** A load that was given up may end after the one that took its place. */
function isOvertaken({ slots, store, table }: CacheContext, { id, loadedAt }: Place): boolean {
  const present = store.peek(id);
  if (present === undefined || present.loadedAt <= loadedAt) return false;
  return table.unchangedSince(present.stamp, slots.ofStored(present));
}

/**
 * Keeps what a load or a write brought, if it can be kept; its caller has it in any case. "Nothing found" is kept only
 * where it was asked for: it is the answer most likely to be wrong a moment later.
 */
export function offer(
  context: CacheContext,
  id: string,
  value: unknown,
  policy: Policy,
  place: () => Place,
): Entry | undefined {
  if (isNothing(value) && policy.negativeTtl === undefined) return undefined;
  try {
    const storable = makeStorable(value, context.classes);
    return keep(context, place(), value, storable, policy);
  } catch (error) {
    context.statistics.uncacheable++;
    const named = error instanceof LarderValueError ? error.of(policy.method ?? id) : error;
    context.report({ type: 'uncacheable', id, method: policy.method, error: named });
    return undefined;
  }
}

/** The TTL, shortened by chance: never longer than what was asked for. */
function lifetime(value: unknown, { jitter, negativeTtl, ttl }: Policy, random: () => number): number {
  const full = isNothing(value) ? (negativeTtl ?? ttl) : ttl;
  return jitter === 0 ? full : Math.max(1, Math.round(full * (1 - jitter * random())));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
