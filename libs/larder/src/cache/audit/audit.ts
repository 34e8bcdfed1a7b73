import { familyOf } from '../../keys/key.js';
import type { Target } from '../../keys/target.js';
import type { Entry } from '../entries/entry.js';
import type { Tracker } from '../observed/tracker.js';
import type { CacheContext } from '../state/context.js';
import type { ChangedValues, HitAudit } from '../state/hit-audit.js';
import type { ReadRequest } from '../state/read-request.js';
import { AuditFigures, type AuditStats } from '../stats/audit-stats.js';
import type { AuditOptions } from './audit-options.js';
import { Examiner } from './examiner.js';
import { FreshLoads } from './fresh-loads.js';
import { RecentChanges } from './recent-changes.js';
import { nameOf, Reporter } from './reporter.js';

/** Takes a sample of the hits, and has them compared with fresh loads. */
export class Audit implements HitAudit {
  readonly #context: CacheContext;
  readonly #sample: number;
  readonly #settlesBeforeClose: boolean;
  readonly #figures = new AuditFigures();
  readonly #changes: RecentChanges;
  readonly #loads: FreshLoads;
  readonly #examiner: Examiner;
  /** How many hits come before the next one of the sample. Drawn at once, so that other hits cost one comparison. */
  #left: number;

  constructor(context: CacheContext, options: AuditOptions) {
    this.#context = context;
    this.#sample = options.sample;
    this.#settlesBeforeClose = options.settlesBeforeClose;
    this.#changes = new RecentChanges(context.clock);
    this.#loads = new FreshLoads(context.closing);
    this.#examiner = new Examiner(context, options, this.#loads, new Reporter(context, options, this.#changes));
    this.#left = this.#drawGap();
  }

  isDue(entry: Entry): boolean {
    // Small, so that the engine inlines it into every hit.
    if (this.#left > 0 && this.#loads.running === 0) {
      this.#left--;
      return false;
    }
    return this.#isDueNow(entry);
  }

  /** A hit beyond the budget keeps the short way. */
  #isDueNow({ id, method }: Entry): boolean {
    if (this.isInside) return true;
    if (this.#left > 0) {
      this.#left--;
      return false;
    }
    if (this.#examiner.hasRoom) return true;
    this.#left = this.#drawGap();
    this.#figures.method(method ?? familyOf(id)).skipped++;
    return false;
  }

  get isInside(): boolean {
    return this.#loads.isInside;
  }

  served(request: ReadRequest, entry: Entry): void {
    if (this.isInside) return;
    if (this.#left > 0) {
      this.#left--;
      return;
    }
    this.#left = this.#drawGap();
    const { audit: rule } = request.policy;
    if (rule === undefined || this.#context.closing.aborted) return;
    const counters = this.#figures.method(nameOf(request));
    const { stamp } = entry;
    this.#examiner.examine({ request, entry, rule, counters, stamp, servedAt: this.#context.clock.elapsed() });
  }

  fresh(request: ReadRequest): Promise<unknown> | undefined {
    return this.#loads.fresh(request);
  }

  wrote(name: string | undefined, targets: readonly Target[]): void {
    const origin = this.#context.diagnostics?.origin;
    this.#changes.addWrite(origin ?? name ?? 'a call of the cache', targets);
  }

  rowChanged(table: string, row: ChangedValues): void {
    this.#changes.addRow(table, row);
  }

  followFeed(sinceRead: () => number | undefined): void {
    this.#examiner.sinceRead = sinceRead;
  }

  followQueries({ explain }: Tracker): void {
    this.#examiner.explain = explain;
  }

  stats(): AuditStats {
    return this.#figures.snapshot();
  }

  settle(): Promise<void> {
    return this.#examiner.settle();
  }

  async beforeClose(): Promise<void> {
    if (this.#settlesBeforeClose) await this.settle();
  }

  get isClosed(): boolean {
    return this.#context.closing.aborted;
  }

  close(): void {
    this.#examiner.close();
  }

  /** A geometric gap: each hit is in the sample with the same probability, whatever the order of the hits. */
  #drawGap(): number {
    if (this.#sample >= 1) return 0;
    return Math.floor(Math.log(1 - this.#context.random()) / Math.log(1 - this.#sample));
  }
}
