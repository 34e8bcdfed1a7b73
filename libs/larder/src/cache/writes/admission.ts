import { LarderValueError } from '../../base/errors.js';
import { STORE } from '../../base/signals/cache-signals.js';
import { idOf, isShortened } from '../../keys/key.js';
import { keptCopyOf } from '../entries/copy.js';
import { type Dependency, Entry } from '../entries/entry.js';
import { textBytes } from '../entries/heap-size.js';
import { makeStorable, type Storable } from '../entries/storable.js';
import { scheduleOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import { ttlOfValue } from '../policy/value-ttl.js';
import type { CacheContext } from '../state/context.js';
import { EntrySlots } from '../versions/slots.js';

/** Bytes of an entry besides key and value: the object, half of its promise, its place in the store. `bench/heap` measures it. */
const BOOKKEEPING_BYTES = 328;

/** The id of a value, its dependencies and its times. */
export interface Place {
  readonly id: string;
  /** Has the slots of the value, besides the root. They are rarely needed, and a flight computes them when they are. */
  readonly dependent: { readonly slots: readonly number[] };
  readonly tags: readonly string[];
  /** The table's sequence number at which the value was current. */
  readonly stamp: number;
  readonly loadedAt: number;
  /** From when on its TTL counts. */
  readonly storedAt: number;
  /** How long its load took, in milliseconds; 0 for a value stored by `set`. */
  readonly loadCost: number;
  /** What the load was observed to depend on: then its id and tags do not determine its slots. */
  readonly dependencies?: readonly Dependency[] | undefined;
}

/** The place of a value that a caller wrote. */
export function placeOfWrite(
  { clock, slots }: CacheContext,
  path: string,
  stamp: number,
  loadedAt: number,
  tags: readonly string[],
): Place {
  const dependent = new EntrySlots(slots, path, tags);
  return { id: idOf(path), dependent, tags, stamp, loadedAt, storedAt: clock.elapsed(), loadCost: 0 };
}

/** Bytes of a slot with what its text is made of: its value, if that is short, and references to what entries share. */
const DEPENDENCY_BYTES = 136;

/**
 * Stores a checked value, unless one of its dependencies was invalidated after its stamp, or the store has a value of a load
 * that began later.
 */
function keep(
  context: CacheContext,
  place: Place,
  value: unknown,
  storable: Storable,
  policy: Policy,
): Entry | undefined {
  if (!mayKeep(context, place, place.stamp, policy)) return undefined;
  const entry = entryOf(context, place, value, storable, policy);
  if (entry !== undefined) put(context, entry, place, policy);
  return entry;
}

/** Stores an entry that was made before its slots were raised: as {@link keep} with this stamp. */
export function keepEntry(context: CacheContext, entry: Entry, place: Place, stamp: number, policy: Policy): boolean {
  if (!mayKeep(context, place, stamp, policy)) return false;
  entry.stamp = context.table.sequence;
  put(context, entry, place, policy);
  return true;
}

/** The entry of a checked value, not stored; `undefined` if its TTL is 0. Its stamp is the table's sequence number of now. */
export function entryOf(
  context: CacheContext,
  { id, dependencies, dependent, tags, loadedAt, loadCost, storedAt }: Place,
  value: unknown,
  { bytes, unfreezable }: Storable,
  policy: Policy,
): Entry | undefined {
  const lasts = lifetime(value, policy, context.random);
  if (lasts === 0) return undefined;
  const schedule = scheduleOf(loadedAt, storedAt + lasts, policy);
  return new Entry({
    id,
    value: unfreezable ? keptCopyOf(value, context.classes) : value,
    unfreezable,
    bytes: bytes + textBytes(id) + BOOKKEEPING_BYTES + (dependencies === undefined ? 0 : bytesOf(dependencies)),
    slots: dependencies !== undefined || isShortened(id) ? [...new Set(dependent.slots)] : undefined,
    dependencies,
    tags,
    stamp: context.table.sequence,
    loadedAt,
    loadCost,
    isForeign: false,
    isShared: context.shared !== undefined && policy.isShared,
    method: policy.method,
    // One by one: a spread takes longer than all the rest of an entry.
    dueAt: schedule.dueAt,
    expiresAt: schedule.expiresAt,
    keptUntil: schedule.keptUntil,
  });
}

function mayKeep(context: CacheContext, place: Place, stamp: number, policy: Policy): boolean {
  const { id, dependent } = place;
  const { table } = context;
  if (context.closing.aborted) return false;
  const isCurrent = stamp === table.sequence || table.unchangedSince(stamp, dependent.slots);
  if (isCurrent && !isOvertaken(context, place)) return true;
  context.statistics.invalidatedDuringLoad++;
  if (STORE.isHeard) STORE.send({ method: policy.method, id, result: 'invalidated' });
  return false;
}

function put(context: CacheContext, entry: Entry, { id, storedAt, tags }: Place, policy: Policy): void {
  if (!policy.inMemory) return;
  context.watch?.stored(entry, policy, storedAt);
  context.store.set(entry);
  // It may have been too large.
  if (STORE.isHeard && context.store.peek(id) === entry) {
    STORE.send({ method: policy.method, id, result: 'stored', bytes: entry.bytes, tags });
  }
}

/** A load that timed out may end after the load that replaced it. */
function isOvertaken({ slots, store, table }: CacheContext, { id, loadedAt }: Place): boolean {
  const present = store.peek(id);
  if (present === undefined || present.loadedAt <= loadedAt) return false;
  return table.unchangedSince(present.stamp, slots.ofStored(present));
}

/**
 * Stores the value of a load or a write if it can be stored; its caller gets it in any case. `null` and `undefined` are
 * stored only if the options say so: they are the values most likely to be outdated soon.
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
    refuse(context, id, policy, error instanceof LarderValueError ? error.of(policy.method ?? id) : error);
    return undefined;
  }
}

/** Counts and reports a value that cannot be stored. */
export function refuse(context: CacheContext, id: string, policy: Policy, error: unknown): void {
  context.statistics.uncacheable++;
  if (STORE.isHeard) STORE.send({ method: policy.method, id, result: 'uncacheable' });
  context.report({ type: 'uncacheable', id, method: policy.method, error });
}

/** The TTL, shortened at random by the jitter; 0 if the value must not be stored. */
function lifetime(value: unknown, policy: Policy, random: () => number): number {
  const { jitter, negativeTtl, ttl } = policy;
  const full = isNothing(value) ? (negativeTtl ?? ttl) : ttlOfValue(value, policy);
  return jitter === 0 || full === 0 ? full : Math.max(1, Math.round(full * (1 - jitter * random())));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function bytesOf(dependencies: readonly Dependency[]): number {
  return dependencies.reduce((sum, { bytes = 0 }) => sum + DEPENDENCY_BYTES + bytes, 0);
}
