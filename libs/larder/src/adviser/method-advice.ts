import { type WholeTable, wholeTableAdvice } from '../cache/observed/whole-tables.js';
import type { AdviceAction, Choice, Forecast, MethodAdvice } from '../cache/stats/advice.js';
import type { AuditCounts } from '../cache/stats/audit-stats.js';
import { forecastOf, type Subject } from './forecast.js';
import { PRESENT, SCENARIOS, TTL_ENDLESS, TTL_FOURFOLD, TTL_QUARTER, TTLS } from './simulation/scenarios.js';
import { count, percent, time } from './words.js';

/** What the advice for a method needs besides its figures. */
export interface MethodFindings {
  /** Of all keys, that the sample has. */
  readonly share: number;
  readonly span: number;
  readonly memoryShare: Choice<number>;
  readonly audited: AuditCounts | undefined;
  readonly wholeTables: readonly WholeTable[];
}

/** Fewer calls say nothing. */
const MIN_CALLS = 200;
/** Below this hit rate with every setting, the method is not worth its memory. */
const NEVER_HIT = 0.02;
/** The share of the loads that another TTL must save. */
const WORTHWHILE = 0.05;
/** Audited hits without a stale one from which on invalidation counts as complete. */
const MIN_AUDITED = 1000;
/** Calls that stale-while-revalidate must serve, of all calls, and the share of the late calls that it should reach. */
const MIN_STALE = 0.02;
const REACHED = 0.9;

/** The settings of a method that would be best, what they would give together, and which tables it reads as a whole. */
export function methodAdvice(subject: Subject, findings: MethodFindings): MethodAdvice {
  const { wholeTables } = findings;
  const advice = { ...settingsAdvice(subject, findings), wholeTables };
  const { action, text } = advice;
  if (wholeTables.length === 0 || action === 'stop-caching') return advice;
  const known = action === 'wait' ? '' : `${text} `;
  return { ...advice, action: 'change', text: `${known}${wholeTableAdvice(wholeTables)}` };
}

function settingsAdvice(subject: Subject, findings: MethodFindings): Omit<MethodAdvice, 'wholeTables'> {
  const { calls, hits } = subject.counts;
  const [figures] = subject.figures;
  const presentTtl = finite(figures?.ttl);
  const rule = figures?.rule;
  const forecast = (scenario: number, stale = 0) => forecastOf(subject, scenario, findings.share, findings.span, stale);
  const present = forecast(PRESENT);
  const base = {
    calls: Math.round(calls),
    presentHitRate: calls === 0 ? null : hits / calls,
    memoryShare: findings.memoryShare,
  };
  const ttls =
    figures?.ttl === undefined ? [] : TTLS.map((place) => ({ ttl: ttlIn(place, figures.ttl), ...forecast(place) }));
  const kept = {
    ttl: { present: presentTtl, best: presentTtl },
    ttls,
    staleWhileRevalidate: { present: rule?.staleWhileRevalidate ?? 0, best: rule?.staleWhileRevalidate ?? 0 },
    servedStale: 0,
  };
  const only = (action: AdviceAction, text: string) => ({ ...base, ...kept, ...present, action, text });
  if (calls < MIN_CALLS || rule === undefined) {
    return only('wait', `Too few calls for advice: ${count(calls)} of ${MIN_CALLS}, or no value was stored.`);
  }
  if (isNeverHit(SCENARIOS.map((_, scenario) => forecast(scenario)))) {
    const { memoryShare } = findings;
    return {
      ...only(
        'stop-caching',
        `Never hit twice: with every TTL and size fewer than ${percent(NEVER_HIT)} of its ${count(calls)} calls hit; stop caching it, and free ${percent(memoryShare.present)} of the memory.`,
      ),
      memoryShare: { present: memoryShare.present, best: 0 },
    };
  }
  const ttl = ttlFor(presentTtl, forecast, findings.audited);
  const stale = ttl.scenario === PRESENT ? staleFor(subject, rule.staleWhileRevalidate) : undefined;
  const best = forecast(ttl.scenario, stale?.served ?? 0);
  const parts = [ttl.text, stale?.text].filter((part) => part !== undefined);
  return {
    ...base,
    ...best,
    ttls,
    action: ttl.scenario === PRESENT && stale === undefined ? 'keep' : 'change',
    ttl: { present: presentTtl, best: ttl.best },
    staleWhileRevalidate: { present: rule.staleWhileRevalidate, best: stale?.best ?? rule.staleWhileRevalidate },
    servedStale: stale?.served ?? 0,
    text: parts.join(' '),
  };
}

interface TtlChoice {
  readonly scenario: number;
  readonly best: number | null;
  readonly text: string;
}

function ttlFor(
  present: number | null,
  forecast: (scenario: number) => Forecast,
  audited: AuditCounts | undefined,
): TtlChoice {
  const stay = (text: string): TtlChoice => ({ scenario: PRESENT, best: present, text });
  if (present === null) return stay('The TTL is infinite already.');
  const endless = forecast(TTL_ENDLESS).loadsSaved;
  const reads = audited?.reads ?? 0;
  if (audited !== undefined && audited.stale > 0) {
    const quarter = -(forecast(TTL_QUARTER).loadsSaved.value ?? 0);
    return stay(
      `Keep the TTL of ${time(present)}, which bounds how old a value gets: the audit found ${count(audited.stale)} stale of ${count(reads)} hits. ` +
        `Find the missing invalidations first; a quarter of the TTL would cost ${percent(quarter)} more loads.`,
    );
  }
  if (reads >= MIN_AUDITED && (endless.value ?? 0) > 0.01) {
    return {
      scenario: TTL_ENDLESS,
      best: null,
      text:
        `TTL can be infinite: the audit compared ${count(reads)} hits and found every change invalidated. ` +
        `That saves ${saving(endless)}.`,
    };
  }
  const fourfold = forecast(TTL_FOURFOLD).loadsSaved;
  if (fourfold.from < WORTHWHILE)
    return stay(
      `The TTL of ${time(present)} is long enough: four times as long saves ${percent(Math.max(0, fourfold.value ?? 0))} of the loads.`,
    );
  return {
    scenario: TTL_FOURFOLD,
    best: 4 * present,
    text:
      `TTL ${time(present)} → ${time(4 * present)} saves ${saving(fourfold)}, if every write invalidates what it changes; ` +
      `switch the audit on to know: it has compared ${count(reads)} hits.`,
  };
}

function staleFor({ counts, figures: [figures] }: Subject, present: number) {
  const late = figures?.lateReads() ?? [];
  const all = late.at(-1)?.[1] ?? 0;
  const [best, served] = late.find(([, reads]) => reads >= REACHED * all) ?? [0, 0];
  const already = late.findLast(([within]) => within <= present)?.[1] ?? 0;
  const more = Math.max(0, served - already) / counts.calls;
  if (more < MIN_STALE || best <= present) return undefined;
  const text = `staleWhileRevalidate of ${time(best)} serves ${percent(more)} of the calls at once, which now wait for a load.`;
  return { best, served: more, text };
}

function isNeverHit(forecasts: readonly Forecast[]): boolean {
  return forecasts.every(({ hitRate }) => (hitRate.value ?? 0) < NEVER_HIT && hitRate.to < 2 * NEVER_HIT);
}

function saving({ value, from, to }: Forecast['loadsSaved']): string {
  return `${percent(value ?? 0)} of its loads (${percent(from)} to ${percent(to)})`;
}

function ttlIn(scenario: number, ttl: number | undefined): number | null {
  return finite((ttl ?? 0) * (SCENARIOS[scenario] as (typeof SCENARIOS)[number]).ttl);
}

function finite(milliseconds: number | undefined): number | null {
  return milliseconds === undefined || milliseconds === Number.POSITIVE_INFINITY ? null : milliseconds;
}
