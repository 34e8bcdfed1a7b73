import { LarderValueError } from '../errors.js';
import { isShortened } from '../keys/key.js';
import { Entry } from './entry.js';
import { textBytes } from './heap-size.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';
import { copyOf, makeStorable, type Storable } from './storable.js';

/** What an entry takes besides its key and value: itself, its promise, its place in the store. `bench/heap.ts` measures it. */
const BOOKKEEPING_BYTES = 235;

/** Where a value belongs and what it depends on. */
export interface Place {
  readonly id: string;
  readonly slots: readonly number[];
  readonly tags: readonly string[];
  /** The table's sequence number at which the value was the one to keep. */
  readonly stamp: number;
  readonly loadedAt: number;
}

/** Puts a checked value into the store, unless something it depends on was invalidated after its stamp. */
export function keep(
  parts: Parts,
  place: Place,
  value: unknown,
  storable: Storable,
  policy: Policy,
): Entry | undefined {
  const { id, slots, tags, stamp, loadedAt } = place;
  if (parts.closing.aborted) return undefined;
  if (!parts.table.unchangedSince(stamp, slots)) {
    parts.statistics.overtaken++;
    return undefined;
  }
  const { unfreezable } = storable;
  const entry = new Entry({
    id,
    value: unfreezable ? copyOf(value) : value,
    unfreezable,
    bytes: storable.bytes + textBytes(id) + BOOKKEEPING_BYTES,
    slots: isShortened(id) ? slots : undefined,
    tags,
    stamp: parts.table.sequence,
    loadedAt,
    isForeign: false,
    expiresAt: parts.clock.elapsed() + lifetime(policy, parts.random),
  });
  parts.store.set(entry);
  return entry;
}

/**
 * Keeps what a load or a write brought, if it can be kept; its caller has it in any case. "Nothing found" is not kept: it
 * is the answer most likely to be wrong a moment later.
 */
export function offer(parts: Parts, id: string, value: unknown, policy: Policy, place: () => Place): Entry | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    const storable = makeStorable(value);
    return keep(parts, place(), value, storable, policy);
  } catch (error) {
    parts.statistics.refused++;
    const named = error instanceof LarderValueError ? error.of(policy.method ?? id) : error;
    parts.report({ type: 'refused', id, method: policy.method, error: named });
    return undefined;
  }
}

/** The TTL, shortened by chance: never longer than what was asked for. */
function lifetime(policy: Policy, random: () => number): number {
  if (policy.jitter === 0) return policy.ttl;
  return Math.max(1, Math.round(policy.ttl * (1 - policy.jitter * random())));
}
