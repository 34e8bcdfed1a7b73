import type { Engine } from '../../cache/engine.js';
import { wholeTableAdvice } from '../../cache/observed/whole-tables.js';
import type { Advice } from '../../cache/stats/advice.js';
import type { CallStats, MethodStats, Statistics } from '../../cache/stats/statistics.js';
import { figuresOf } from './node-figures.js';
import { savedBy } from './saved-time.js';
import type { Trend } from './trend.js';

/** What the adviser says about a method, or about the memory. */
interface Hint {
  readonly subject: string;
  /** What to do and why, in a sentence. */
  readonly text: string;
}

/** A method in all processes. */
interface MethodRow extends CallStats {
  readonly name: string;
  /** Milliseconds in loads that its hits have saved. */
  readonly savedTime: number;
  /** As declared; `null` where this process has not called it, or it depends on the value. */
  readonly ttl: string | number | null;
  readonly staleWhileRevalidate: string | number | null;
  readonly scope: string | null;
  /** Of this process. */
  readonly entries: number;
  readonly bytes: number;
  /** Calls of this process in each of the last 60 minutes, the oldest first. */
  readonly calls: readonly number[];
  readonly advice: readonly Hint[];
}

export interface Methods {
  readonly methods: readonly MethodRow[];
  /** Why results were not cached, by method. */
  readonly uncached: Readonly<Record<string, string>>;
  /** Advice for no method in particular. */
  readonly advice: readonly Hint[];
}

interface Declared {
  readonly ttl?: unknown;
  readonly staleWhileRevalidate?: unknown;
  readonly scope?: unknown;
}

/** The methods of all processes, most called first. */
export async function methodsOf(
  engine: Engine,
  trend: Trend,
  own: Readonly<Record<string, MethodStats>>,
  advice: Advice | undefined,
): Promise<Methods> {
  const { stats, reports } = await engine.fleet.readAll();
  const plans = new Map([...engine.decorated].map((plan) => [plan.name(), plan.options as Declared] as const));
  const { defaults, clock, statistics } = engine.context;
  const given = advice === undefined ? wholeTableHints(Object.keys(own), statistics) : hintsOf(advice);
  const rows = Object.entries(stats.methods).map(([name, calls]) => {
    const plan = plans.get(name);
    const used = own[name];
    return {
      ...calls,
      name,
      savedTime: savedBy(calls),
      ttl: plan === undefined ? null : shown(plan.ttl ?? defaults.ttl),
      staleWhileRevalidate: shown(plan?.staleWhileRevalidate),
      scope: typeof plan?.scope === 'string' ? plan.scope : null,
      entries: used === undefined ? 0 : used.active + used.expired,
      bytes: used?.bytes ?? 0,
      calls: sparkOf(trend, name, Math.floor(clock.now() / 60_000)),
      advice: given.filter(({ subject }) => subject === name),
    };
  });
  const names = new Set(rows.map(({ name }) => name));
  const uncached = Object.assign({}, ...reports.map((report) => figuresOf(report)?.uncached ?? {}));
  return {
    methods: rows.sort((one, other) => callsOf(other) - callsOf(one)),
    uncached,
    advice: given.filter(({ subject }) => !names.has(subject)),
  };
}

/** What to change: nothing about methods that are best as they are, or that need more figures. */
function hintsOf(advice: Advice): readonly Hint[] {
  const methods = Object.entries(advice.methods).filter(
    ([, { action }]) => action === 'change' || action === 'stop-caching',
  );
  const hints = methods.map(([subject, { text }]) => ({ subject, text }));
  return [{ subject: 'memory', text: advice.memory.text }, ...hints];
}

/** What is known without the adviser. */
function wholeTableHints(methods: readonly string[], { wholeTables }: Statistics): readonly Hint[] {
  return methods
    .map((subject) => ({ subject, text: wholeTableAdvice(wholeTables.of(subject)) }))
    .filter(({ text }) => text !== '');
}

function callsOf({ hits, stale, misses }: CallStats): number {
  return hits + stale + misses;
}

function shown(given: unknown): string | number | null {
  return typeof given === 'string' || (typeof given === 'number' && Number.isFinite(given)) ? given : null;
}

function sparkOf({ minutes }: Trend, name: string, present: number): number[] {
  const byMinute = new Map(minutes.map(({ minute, methods }) => [minute, methods[name]] as const));
  return Array.from({ length: 60 }, (_, place) => {
    const [hits = 0, misses = 0] = byMinute.get(present - 59 + place) ?? [];
    return hits + misses;
  });
}
