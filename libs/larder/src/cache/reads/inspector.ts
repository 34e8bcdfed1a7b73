import { idOf } from '../../keys/key.js';
import type { Dependency, Entry } from '../entries/entry.js';
import type { TierName } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import { ROOT_SLOT } from '../versions/slots.js';

/** The result of a read of a key without stale options. */
export type Verdict = 'hit' | 'refresh' | 'expired' | 'invalidated' | 'unconfirmed';

/** What is stored under a key, and why it would or would not be served. */
export interface EntryInfo {
  /** Its path; a long path ends with a digest. */
  readonly id: string;
  /** Where it was found: in this process, or in the tier that all nodes share. */
  readonly tier: TierName;
  /** Milliseconds since its load began, or since `set`. */
  readonly age: number;
  /** Milliseconds left of its TTL; 0 if it has expired. */
  readonly ttl: number;
  /** Milliseconds after its TTL during which a method may serve it as a stale value; known in memory only. */
  readonly staleFor: number | undefined;
  /** Estimated bytes. */
  readonly size: number;
  /** How long its load took, in milliseconds; 0 for a value stored by `set`. */
  readonly loadCost: number;
  readonly tags: readonly string[];
  /** What its load was observed to read, each with its query. Empty without `dependsOn: 'queries'`. */
  readonly dependencies: readonly string[];
  /** The decorated method that loaded it. */
  readonly method: string | undefined;
  /** How many times this process served it. */
  readonly hits: number;
  /** Whether it has expired, or one of its dependencies was invalidated. */
  readonly stale: boolean;
  /**
   * `hit`; `refresh`, a hit that starts a refresh; `expired`; `invalidated`; `unconfirmed`, the copy of the version table is
   * too old, or older than the entry, so a read would ask the journal.
   */
  readonly verdict: Verdict;
  /** The verdict as a sentence, with the invalidated dependencies and the time of expiry. */
  readonly reason: string;
  /** What was invalidated since its load began, the latest first; absent if nothing was. */
  readonly changes?: readonly InvalidatedDependency[];
}

/** A dependency of an entry that was invalidated. */
export interface InvalidatedDependency {
  /** `everything`, `key venues:7`, `tag venue:7`, or the text of another dependency. */
  readonly name: string;
  /** Milliseconds since then, by the clock that all nodes share. */
  readonly ago: number;
}

/** Inspects entries without affecting statistics or eviction. */
export class Inspector {
  readonly #context: CacheContext;

  constructor(context: CacheContext) {
    this.#context = context;
  }

  /** The entry of a path in memory, or else in the shared tier. */
  async inspect(path: string): Promise<EntryInfo | undefined> {
    const id = idOf(path);
    const entry = this.#context.store.peek(id);
    return entry === undefined ? this.inspectShared(path) : this.#explain(entry, path);
  }

  #explain(entry: Entry, path: string): EntryInfo {
    const { clock, slots, table } = this.#context;
    const now = clock.elapsed();
    const { id, loadedAt, loadCost, expiresAt, keptUntil, bytes: size, tags, hits, method, stamp } = entry;
    const dependencies = entry.dependencies ?? [];
    const moved = table.unchangedSince(stamp, [])
      ? slots.ofStored(entry).filter((slot) => !table.unchangedSince(stamp, [slot]))
      : [ROOT_SLOT];
    const verdict = this.#verdictOf(moved, expiresAt - now, now >= entry.dueAt);
    return {
      id,
      tier: 'memory',
      age: now - loadedAt,
      ttl: Math.max(0, expiresAt - now),
      staleFor: keptUntil - expiresAt,
      size,
      loadCost,
      tags,
      dependencies: dependencies.map(({ text }) => text),
      method,
      hits,
      stale: verdict === 'expired' || verdict === 'invalidated',
      verdict,
      ...this.#because(verdict, { path, tags, dependencies, moved, left: expiresAt - now }),
    };
  }

  /** The entry of a path in the shared tier, also if the memory has another one; `undefined` without a shared tier. */
  async inspectShared(path: string): Promise<EntryInfo | undefined> {
    const id = idOf(path);
    const { clock, journal, shared, table } = this.#context;
    const header = await shared?.look(id);
    if (header === undefined) return undefined;
    const now = clock.elapsed() + journal.timeOffset;
    const left = Math.floor(header.expiresAt - now);
    const root = table.holds(ROOT_SLOT, header.rootVersion);
    const held = header.slots.map((slot, index) => table.holds(slot, header.versions[index] as number));
    const moved = root === false ? [ROOT_SLOT] : header.slots.filter((_, index) => held[index] === false);
    const verdict = this.#verdictOf(moved, left, false, root === true && !held.includes(undefined));
    const { heapBytes: size, loadCost, tags, dependencies } = header;
    return {
      id,
      tier: 'redis',
      age: Math.max(0, Math.floor(now - header.loadedAt)),
      ttl: Math.max(0, left),
      staleFor: undefined,
      size,
      loadCost,
      tags,
      dependencies: dependencies.map(({ text }) => text),
      method: undefined,
      hits: 0,
      stale: verdict === 'expired' || verdict === 'invalidated',
      verdict,
      ...this.#because(verdict, { path, tags, dependencies, moved, left }),
    };
  }

  #verdictOf(moved: readonly number[], left: number, isDue: boolean, isKnown = true): Verdict {
    if (moved.length > 0) return 'invalidated';
    if (left <= 0) return 'expired';
    if (!isKnown || !this.#context.sync.isCurrent()) return 'unconfirmed';
    return isDue ? 'refresh' : 'hit';
  }

  #because(verdict: Verdict, finding: Finding): Pick<EntryInfo, 'reason' | 'changes'> {
    const changes = verdict === 'invalidated' ? this.#changesOf(finding) : [];
    const reason = this.#sentence(verdict, finding.left, changes);
    return { reason, ...(changes.length > 0 && { changes }) };
  }

  #sentence(verdict: Verdict, left: number, changes: readonly InvalidatedDependency[]): string {
    switch (verdict) {
      case 'hit':
        return `Nothing it depends on was invalidated, and it expires in ${left} ms.`;
      case 'refresh':
        return `It is served, and a new value is fetched ahead of its expiry in ${left} ms.`;
      case 'expired':
        return `Its TTL ended ${-left} ms ago.`;
      case 'invalidated':
        return `Invalidated since its load began: ${changes.map(({ name }) => name).join(', ')}.`;
      case 'unconfirmed':
        return 'This node has not heard from the journal for longer than maxStaleness or since the entry was stored, so it would ask first.';
    }
  }

  /** The dependencies with these slots: two that collide in a slot are both named. */
  #changesOf({ path, tags, dependencies, moved }: Finding): InvalidatedDependency[] {
    const { slots } = this.#context;
    const changes: InvalidatedDependency[] = [];
    const note = (slot: number, name: string) => {
      if (moved.includes(slot)) changes.push({ name, ago: this.#sinceBump(slot) });
    };
    if (moved.includes(ROOT_SLOT)) note(ROOT_SLOT, 'everything');
    else {
      for (const prefix of prefixesOf(path)) note(slots.ofPath(prefix), `key ${prefix}`);
      for (const tag of tags) note(slots.ofTag(tag), `tag ${tag}`);
      for (const { slot, text } of dependencies) note(slot, text);
    }
    return changes.sort((one, other) => one.ago - other.ago);
  }

  /** A version is the time of its bump in microseconds, except after several bumps in one. */
  #sinceBump(slot: number): number {
    const { clock, journal, table } = this.#context;
    return Math.max(0, Math.round(clock.elapsed() + journal.timeOffset - table.versionOf(slot) / 1000));
  }
}

interface Finding {
  readonly path: string;
  readonly tags: readonly string[];
  readonly dependencies: readonly Dependency[];
  /** Slots whose version has changed since the entry was loaded. */
  readonly moved: readonly number[];
  /** Milliseconds until it expires, negative after that. */
  readonly left: number;
}

function prefixesOf(path: string): string[] {
  const parts = path.split(':');
  return parts.map((_, index) => parts.slice(0, index + 1).join(':'));
}
