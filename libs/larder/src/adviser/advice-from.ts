import type { Advice, MethodAdvice } from '../cache/stats/advice.js';
import type { Counts } from './exact-counts.js';
import type { Findings } from './findings.js';
import type { Subject } from './forecast.js';
import { memoryAdvice } from './memory-advice.js';
import { bestShares, type SharePoint } from './memory-shares.js';
import { methodAdvice } from './method-advice.js';
import { type MethodFigures, sumOf } from './simulation/method-figures.js';
import type { MiniCache } from './simulation/mini-cache.js';
import { PRESENT, SIZES } from './simulation/scenarios.js';

/** Makes advice from what was simulated and counted. */
export function adviceFrom(findings: Findings): Advice {
  const { audit, exact, figures, sample, span, wholeTables } = findings;
  const known = figures.filter(({ reads }) => reads > 0);
  const families = known.filter(({ name }) => exact.method(name) === undefined);
  const subjects = known.map(
    (one): Subject => ({ figures: [one], counts: exact.method(one.name) ?? partOf(exact.direct, one, families) }),
  );
  const shares = sharesOf(subjects, findings);
  const methods = subjects.map((subject, place): [string, MethodAdvice, number] => {
    const [{ name }] = subject.figures as [MethodFigures];
    const audited = audit?.methods[name];
    const share = shares[place] as MethodAdvice['memoryShare'];
    return [
      name,
      methodAdvice(subject, {
        share: sample.share,
        span,
        memoryShare: share,
        audited,
        wholeTables: wholeTables.of(name),
      }),
      subject.counts.loadTime,
    ];
  });
  methods.sort(([, , one], [, , other]) => other - one);
  return {
    span,
    sample,
    memory: memoryAdvice({ figures: known, counts: exact.all }, findings),
    methods: Object.fromEntries(methods.map(([name, advice]) => [name, advice])),
  };
}

/** The part of a family of keys in the direct calls. Calls that the sample has not seen by chance are shared out, as hits. */
function partOf(direct: Counts, one: MethodFigures, families: readonly MethodFigures[]): Counts {
  const reads = sumOf(families.map((family) => family.reads));
  const missed = sumOf(families.map((family) => sumOf(family.missesIn(PRESENT))));
  const calls = (direct.calls * one.reads) / reads;
  const part = missed === 0 ? 0 : sumOf(one.missesIn(PRESENT)) / missed;
  const misses = Math.min(calls, part * direct.misses);
  return { calls, misses, hits: calls - misses, loads: part * direct.loads, loadTime: part * direct.loadTime };
}

function sharesOf(subjects: readonly Subject[], { caches, sample }: Findings): MethodAdvice['memoryShare'][] {
  const bytes = caches.map((cache) => bytesByMethod(cache, sample.share));
  const present = subjects.map(({ figures: [one] }) => bytes[PRESENT]?.get(one?.name as string) ?? 0);
  const points = subjects.map((subject) => SIZES.map((place) => pointOf(subject, place, bytes[place])));
  const total = sumOf(present);
  const best = bestShares(points, total);
  const sum = sumOf(best);
  return subjects.map((_, place) => ({
    present: total === 0 ? 0 : (present[place] as number) / total,
    best: sum === 0 ? 0 : (best[place] as number) / sum,
  }));
}

function pointOf(
  { counts, figures: [one] }: Subject,
  scenario: number,
  bytes: ReadonlyMap<string, number> | undefined,
): SharePoint {
  const { loads, loadTime } = counts;
  const { name, reads } = one as MethodFigures;
  const hits = Math.max(0, reads - sumOf((one as MethodFigures).missesIn(scenario)));
  // A load that takes less than a millisecond counts as a tenth of one.
  return { bytes: bytes?.get(name) ?? 0, saved: hits * Math.max(0.1, loads === 0 ? 0 : loadTime / loads) };
}

function bytesByMethod(cache: MiniCache, share: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { bytes, method } of cache.entries()) sums.set(method, (sums.get(method) ?? 0) + bytes / share);
  return sums;
}
