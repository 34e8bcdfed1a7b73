import type { Engine } from '../../cache/engine.js';
import type { EntryInfo } from '../../cache/reads/inspector.js';
import { idOf } from '../../keys/key.js';
import { type Cause, causesOf, type LocatedInvalidation, lastFor, locatedInvalidations } from './causes.js';
import type { NotedInvalidation } from './invalidation-log.js';

/** Everything about one key. */
export interface Explanation {
  readonly path: string;
  /** What a read would find: the entry in the memory of this process, or else the one in Redis. */
  readonly entry: EntryInfo | null;
  /** The entry in Redis, if the memory has one too. */
  readonly shared: EntryInfo | null;
  /** Why it is served or not. */
  readonly sentence: string;
  /** What the next read does. */
  readonly next: string;
  readonly causes: readonly Cause[];
  /** Of all processes, the latest first. */
  readonly invalidations: readonly Omit<LocatedInvalidation, 'slots'>[];
}

const SHOWN_INVALIDATIONS = 20;

/** Explains the entry of a path. Affects neither statistics nor eviction. */
export async function explanationOf(
  engine: Engine,
  path: string,
  own: readonly NotedInvalidation[],
): Promise<Explanation> {
  const { inspector, fleet, context } = engine;
  const [entry, reports] = await Promise.all([inspector.inspect(path), fleet.reports()]);
  const shared = entry?.tier === 'memory' ? await inspector.inspectShared(path) : undefined;
  const invalidations = locatedInvalidations(reports, fleet.node.id, own);
  const causes = causesOf(entry?.changes ?? [], invalidations, context.slots, context.clock.now());
  return {
    path,
    entry: entry === undefined ? null : plain(entry),
    shared: shared === undefined ? null : plain(shared),
    sentence: sentenceOf(entry, causes, lastFor(path, invalidations, context.slots), context.clock.now()),
    next: nextOf(engine, path, entry, shared),
    causes,
    invalidations: invalidations.slice(0, SHOWN_INVALIDATIONS).map(({ slots: _, ...shown }) => shown),
  };
}

/** JSON has no Infinity. */
function plain(entry: EntryInfo): EntryInfo {
  const finite = (time: number | undefined) => (Number.isFinite(time) ? time : null) as number;
  return { ...entry, ttl: finite(entry.ttl), staleFor: finite(entry.staleFor) };
}

function sentenceOf(
  entry: EntryInfo | undefined,
  causes: readonly Cause[],
  last: LocatedInvalidation | undefined,
  now: number,
): string {
  if (entry === undefined) {
    const before = last && ` It was last invalidated ${spanOf(now - last.at)} ago by ${last.by} on ${last.node}.`;
    return `Absent: neither the memory of this process nor Redis has it.${before ?? ''}`;
  }
  switch (entry.verdict) {
    case 'hit':
      return `Fresh: nothing that it depends on was invalidated, and it ${ending(entry.ttl)}.`;
    case 'refresh':
      return `Fresh: it is served while a new value is loaded ahead of its expiry, and it ${ending(entry.ttl)}.`;
    case 'expired':
      return `Expired: its TTL ended ${spanOf(-timeLeft(entry))} ago.`;
    case 'unconfirmed':
      return 'Unconfirmed: this process has not heard from the journal for longer than maxStaleness or since the entry was stored.';
    case 'invalidated':
      return `Refused: ${causes.map(nameCause).join('; ')}.`;
  }
}

function nameCause({ name, ago, by, node }: Cause): string {
  const maker = by === undefined ? '' : ` by ${by} on ${node}`;
  return `${name} was invalidated ${spanOf(ago)} ago${maker}`;
}

function ending(ttl: number): string {
  return Number.isFinite(ttl) ? `expires in ${spanOf(ttl)}` : 'does not expire';
}

/** Of an expired entry: the text of `inspect` has the exact figure, its `ttl` is 0. */
function timeLeft({ reason }: EntryInfo): number {
  return -Number(/ended (-?\d+) ms/.exec(reason)?.[1] ?? 0);
}

interface StaleRules {
  readonly staleWhileRevalidate?: unknown;
  readonly staleIfError?: unknown;
}

function nextOf(engine: Engine, path: string, entry: EntryInfo | undefined, shared: EntryInfo | undefined): string {
  if (engine.context.flights.of(idOf(path)) !== undefined) return 'A load runs now; the next read waits for it.';
  const method = entry?.method;
  const plan = [...engine.decorated].find((one) => one.name() === method)?.options as StaleRules | undefined;
  const hasNewer = shared !== undefined && !shared.stale;
  const load = hasNewer ? 'The next read takes the newer value from Redis.' : 'The next read loads it from its source.';
  if (entry === undefined) return load;
  const where = entry.tier === 'memory' ? 'the memory of this process' : 'Redis, and keeps it in memory';
  switch (entry.verdict) {
    case 'hit':
      return `The next read gets it from ${where}.`;
    case 'refresh':
      return `The next read gets it from ${where}, and starts a load in the background.`;
    case 'unconfirmed':
      return 'The next read asks Redis first whether it is still valid.';
    case 'expired':
      if (plan?.staleWhileRevalidate !== undefined && (entry.staleFor ?? 0) > 0) {
        return 'The next read gets the stale value at once, and starts a load in the background.';
      }
      return plan?.staleIfError === undefined ? load : `${load} If that fails, it gets the stale value.`;
    case 'invalidated':
      return load;
  }
}

/** A span of time for people: `420 ms`, `3.2 s`, `4 min`. */
function spanOf(milliseconds: number): string {
  const time = Math.max(0, milliseconds);
  if (time < 1000) return `${Math.round(time)} ms`;
  if (time < 60_000) return `${(time / 1000).toFixed(1)} s`;
  if (time < 3_600_000) return `${Math.round(time / 60_000)} min`;
  return time < 48 * 3_600_000 ? `${(time / 3_600_000).toFixed(1)} h` : `${Math.round(time / 86_400_000)} days`;
}
