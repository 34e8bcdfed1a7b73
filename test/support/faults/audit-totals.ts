import { type AuditCounts, consistencyOf } from 'nest-larder';
import { AS_ADMIN } from './site/site.js';
import type { SiteArena } from './site/site-arena.js';

/** Sums what the audits of the arenas have counted. What a process counts between the last question and its end is missing. */
export class AuditTotals {
  readonly #byProcess = new Map<string, AuditCounts>();

  /** Asks each process for its counts since its start. */
  async ask(arenas: readonly SiteArena[]): Promise<void> {
    await Promise.all(
      arenas.map(async ({ name, url }) => {
        const response = await fetch(`${url}/admin/cache/stats`, { headers: AS_ADMIN });
        const { audit } = (await response.json()) as { audit?: AuditCounts };
        if (audit !== undefined) this.#byProcess.set(name, audit);
      }),
    );
  }

  /** The sums, on one line. */
  toString(): string {
    const all = [...this.#byProcess.values()];
    const sum = (of: (counts: AuditCounts) => number) => all.reduce((total, counts) => total + of(counts), 0);
    const [reads, stale] = [sum((counts) => counts.reads), sum((counts) => counts.stale)];
    return (
      `The audit compared ${reads} hits: ${stale} stale, ${sum(({ concurrent }) => concurrent)} changed at that moment; ` +
      `besides ${sum(({ undecided }) => undecided)} undecided, ${sum(({ skipped }) => skipped)} beyond the budget. ` +
      `${consistencyOf(reads, stale).nines.from.toFixed(1)} nines at least.`
    );
  }
}
