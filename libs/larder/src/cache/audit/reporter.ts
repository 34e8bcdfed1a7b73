import { familyOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import type { ObservedRead } from '../observed/tracker.js';
import { type Path, type PathPattern, patternOf, toPattern } from '../policy/audit-rule.js';
import type { CacheContext } from '../state/context.js';
import type { ReadRequest } from '../state/read-request.js';
import type { AuditOptions } from './audit-options.js';
import type { Difference } from './differences.js';
import { staleReadOf } from './finding.js';
import type { Hit } from './hit.js';
import type { RecentChanges } from './recent-changes.js';
import { suspectsAmong, tablesOf } from './suspects.js';

/** Findings of one kind are reported once in this time, in milliseconds. */
const REPORT_INTERVAL = 600_000;
/** Rows reach this process by the change feed: later than the difference that they explain. */
const FEED_DELAY = 5000;
/** A write is remembered when it has invalidated: shortly after its change was visible. */
const WRITE_DELAY = 1000;
/** A method with more unstable parts is not audited at all. */
const MAX_UNSTABLE = 50;

const EVERYTHING: readonly PathPattern[] = [[]];

interface Found {
  readonly hit: Hit;
  readonly differences: readonly Difference[];
  /** The last moment at which the value was right, and that at which it was seen to differ. */
  readonly since: number;
  readonly differentAt: number;
  /** What a fresh load reads, as far as that is known. */
  readonly observed: readonly ObservedRead[];
  /** How many hits got it. */
  readonly reads: number;
}

/** Reports findings, and remembers what must not be reported again. */
export class Reporter {
  readonly #context: CacheContext;
  readonly #options: AuditOptions;
  readonly #changes: RecentChanges;
  /** What made an entry stale. */
  readonly #causes = new WeakMap<Entry, string>();
  /** By method: the parts that differ in every load. */
  readonly #unstable = new Map<string, readonly PathPattern[]>();
  /** When a kind of finding was last reported. */
  readonly #reportedAt = new Map<string, number>();

  constructor(context: CacheContext, options: AuditOptions, changes: RecentChanges) {
    this.#context = context;
    this.#options = options;
    this.#changes = changes;
  }

  /** What made this entry stale, if it was found stale before. */
  causeOf(entry: Entry): string | undefined {
    return this.#causes.get(entry);
  }

  /** The parts of a method's value that differ in every load. */
  ignoredOf(request: ReadRequest): readonly PathPattern[] {
    return this.#unstable.get(nameOf(request)) ?? [];
  }

  reportUnstable(request: ReadRequest, patterns: readonly string[]): void {
    const method = nameOf(request);
    const known = [...this.ignoredOf(request), ...patterns.map(toPattern)];
    this.#unstable.set(method, patterns.includes('') || known.length > MAX_UNSTABLE ? EVERYTHING : known);
    this.#context.report({ type: 'audit-unstable', method, paths: patterns.filter((pattern) => pattern !== '') });
  }

  reportStale({ hit, differences, since, differentAt, observed, reads }: Found): void {
    const { entry, request, rule, servedAt } = hit;
    const { method } = request.policy;
    const changes = this.#changes
      .since(since)
      .filter(({ at, kind }) => at <= differentAt + (kind === 'row' ? FEED_DELAY : WRITE_DELAY));
    const read = tablesOf(observed, changes, differences);
    const value = { value: entry.value, path: request.path, differences };
    const { suspects, isLikely } = suspectsAmong(changes, value, read);
    const cause = (isLikely ? suspects[0]?.name : undefined) ?? 'unknown';
    this.#causes.set(entry, cause);
    hit.counters.foundStale(servedAt - entry.loadedAt, cause, reads);
    const paths = differences.map(({ path }) => path);
    if (!this.#options.reportsAll && !this.#isNew(nameOf(request), paths)) return;
    const { showsValues } = this.#options;
    const { loadedAt } = entry;
    const dependsOnQueries = request.policy.tracker !== undefined;
    const facts = { method, dependsOnQueries, path: request.path, rule, showsValues, differences, loadedAt, servedAt };
    const finding = staleReadOf({ ...facts, suspects, isLikely, read });
    this.#context.report({ type: 'stale-read', finding });
    this.#options.found?.(finding);
  }

  /** Whether no finding of this kind was reported lately. */
  #isNew(name: string, paths: readonly Path[]): boolean {
    const kind = [name, ...new Set(paths.map(patternOf))].join(' ');
    const now = this.#context.clock.elapsed();
    for (const [old, at] of this.#reportedAt) if (now - at >= REPORT_INTERVAL) this.#reportedAt.delete(old);
    if (this.#reportedAt.has(kind)) return false;
    this.#reportedAt.set(kind, now);
    return true;
  }
}

/** The method, or the family of the key. */
export function nameOf({ path, policy }: ReadRequest): string {
  return policy.method ?? familyOf(path);
}
