import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import { parseEntry } from '../../cache/shared-tier/entry-format.js';
import { findIds } from '../../cache/shared-tier/search.js';

/** An entry in a list, without its value. Times in milliseconds, sizes in bytes. */
interface EntryRow {
  readonly id: string;
  readonly age: number;
  /** Until its TTL ends; negative after that; `null` for never. */
  readonly ttl: number | null;
  readonly bytes: number;
  /** How often this process has served it; `null` in Redis. */
  readonly hits: number | null;
  readonly loadCost: number;
  readonly method: string | null;
  readonly tags: readonly string[];
}

export interface EntryList {
  readonly entries: readonly EntryRow[];
  /** Entries below the prefix that were seen. */
  readonly matched: number;
  /** Whether all were seen: a walk and a search are bounded. */
  readonly isComplete: boolean;
}

/** How a list is sorted. */
export const ORDERS = ['hottest', 'largest', 'newest', 'key'] as const;
export type Order = (typeof ORDERS)[number];

export const MAX_ROWS = 200;
/** Entries that one walk through the memory looks at. */
const MAX_WALK = 200_000;
/** Tags of one row. */
const MAX_TAGS = 10;

/** Entries in the memory of this process. @param prefix a path, which covers what is below it too; empty for all */
export function entriesInMemory({ context }: Engine, prefix: string, order: Order, most: number): EntryList {
  const found: Entry[] = [];
  let walked = 0;
  for (const entry of context.store.entries()) {
    if (++walked > MAX_WALK) break;
    if (isBelow(entry.id, prefix)) found.push(entry);
  }
  const now = context.clock.elapsed();
  const rows = found.sort(COMPARE[order]).slice(0, most);
  return { entries: rows.map((entry) => rowOf(entry, now)), matched: found.length, isComplete: walked <= MAX_WALK };
}

/** Entries in Redis, by key. Reads their bytes, for sizes and tags. @throws LarderRedisError */
export async function entriesInRedis(
  { tier, context }: Engine,
  prefix: string,
  order: Order,
  most: number,
): Promise<EntryList> {
  if (tier === undefined) return { entries: [], matched: 0, isComplete: true };
  const glob = prefix === '' ? '*' : `${prefix}*`;
  const { ids, stoppedBy } = await findIds(tier, glob, MAX_ROWS, (id) => isBelow(id, prefix));
  const found = await tier.getMany(ids);
  const now = context.clock.elapsed() + context.journal.timeOffset;
  const rows = ids.flatMap((id, place) => {
    const bytes = found[place];
    const header = bytes && parseEntry(id, bytes)?.header;
    if (bytes === undefined || header === undefined) return [];
    const { loadedAt, expiresAt, loadCost, tags } = header;
    const ttl = Number.isFinite(expiresAt) ? Math.floor(expiresAt - now) : null;
    const age = Math.max(0, Math.floor(now - loadedAt));
    return [{ id, age, ttl, bytes: bytes.length, hits: null, loadCost, method: null, tags: tags.slice(0, MAX_TAGS) }];
  });
  const sorted = rows.sort((one, other) => {
    if (order === 'largest') return other.bytes - one.bytes;
    return order === 'newest' ? one.age - other.age : compareIds(one.id, other.id);
  });
  return { entries: sorted.slice(0, most), matched: ids.length, isComplete: stoppedBy === undefined };
}

const COMPARE: Readonly<Record<Order, (one: Entry, other: Entry) => number>> = {
  hottest: (one, other) => other.hits - one.hits,
  largest: (one, other) => other.bytes - one.bytes,
  newest: (one, other) => other.loadedAt - one.loadedAt,
  key: (one, other) => compareIds(one.id, other.id),
};

function rowOf({ id, loadedAt, expiresAt, bytes, hits, loadCost, method, tags }: Entry, now: number): EntryRow {
  const ttl = Number.isFinite(expiresAt) ? expiresAt - now : null;
  return { id, age: now - loadedAt, ttl, bytes, hits, loadCost, method: method ?? null, tags: tags.slice(0, MAX_TAGS) };
}

/** By code points, as the command line sorts them. */
function compareIds(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function isBelow(id: string, prefix: string): boolean {
  return (
    prefix === '' ||
    id === prefix ||
    id.startsWith(`${prefix}:`) ||
    (prefix.endsWith('*') && id.startsWith(prefix.slice(0, -1)))
  );
}
