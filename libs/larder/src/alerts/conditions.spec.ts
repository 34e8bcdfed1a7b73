import { describe, expect, it } from '@jest/globals';
import type { AlertName } from './alert.js';
import { AlertStates } from './alert-states.js';
import { newConditions } from './conditions.js';
import type { Figures } from './figures.js';
import { type Counts, Past } from './past.js';

const CHECK = 10_000;
const MINUTE = 6;

const FINE: Omit<Figures, 'at' | 'counts'> = {
  isShared: true,
  health: { current: true, problem: undefined, deliveryLag: 0, settled: true },
  feed: { state: 'reading', lag: 0, gaps: [] },
  jobs: [{ name: 'tidy', consecutiveFailures: 0, overdueSince: undefined, paused: undefined }],
  counters: [{ name: 'views', waiting: 3, failures: 0 }],
  deadlines: [{ name: 'offers', every: 60_000, overdue: 0, failures: 0 }],
};
const NONE: Counts = { hits: 0, misses: 0, loads: 0, evictions: 0, staleReads: 0 };

/** A node that is checked every ten seconds. */
class Watched {
  readonly #past = new Past();
  readonly #states = new AlertStates(newConditions());
  #counts = NONE;
  #at = 0;

  /** The ids of the active alerts after so many checks. @param more counted in each of them */
  check(checks: number, figures: Partial<Figures> = {}, more: Partial<Counts> = {}): string[] {
    return [...this.faults(checks, figures, more).keys()];
  }

  faults(checks: number, figures: Partial<Figures> = {}, more: Partial<Counts> = {}) {
    let active = this.#once(figures, more);
    for (let check = 1; check < checks; check++) active = this.#once(figures, more);
    return active;
  }

  #once(figures: Partial<Figures>, more: Partial<Counts>) {
    const names = Object.keys(NONE) as (keyof Counts)[];
    const sums = names.map((name) => [name, this.#counts[name] + (more[name] ?? 0)]);
    this.#counts = Object.fromEntries(sums) as Counts;
    this.#at += CHECK;
    const now: Figures = { ...FINE, at: this.#at, counts: this.#counts, ...figures };
    this.#past.add(now.at, now.counts);
    return this.#states.check(now, this.#past, now.at);
  }
}

/** Which state starts an alert after how many checks, and after how many without it the alert ends. */
const STATES: readonly (readonly [name: string, startsAfter: number, endsAfter: number, wrong: Partial<Figures>])[] = [
  ['redis-lost', 2, 2, { health: { ...FINE.health, current: false, problem: 'no answer' } }],
  ['journal-late', 3, 2, { health: { ...FINE.health, current: false } }],
  ['invalidations-undelivered', 1, 1, { health: { ...FINE.health, deliveryLag: 10_000, settled: false } }],
  ['feed-late', 2, 2, { feed: { state: 'reading', lag: 30_001, gaps: [] } }],
  ['feed-late', 2, 2, { feed: { state: 'waiting', lag: 5, gaps: [] } }],
  ['feed-late', 2, 2, { feed: { state: 'reading', lag: 0, gaps: ['no trigger'] } }],
  [
    'job-failing tidy',
    1,
    1,
    { jobs: [{ name: 'tidy', consecutiveFailures: 3, overdueSince: undefined, paused: undefined }] },
  ],
  [
    'job-overdue tidy',
    2,
    2,
    { jobs: [{ name: 'tidy', consecutiveFailures: 0, overdueSince: new Date(), paused: undefined }] },
  ],
  ['counter-failing views', 1, 1, { counters: [{ name: 'views', waiting: 9, failures: 3 }] }],
  ['deadline-late offers', 2, 2, { deadlines: [{ name: 'offers', every: 60_000, overdue: 150_001, failures: 0 }] }],
];

describe('an alert about a state', () => {
  it.each(STATES)('%s starts after %d checks, and ends after %d', (id, startsAfter, endsAfter, wrong) => {
    const node = new Watched();
    expect(node.check(10)).toEqual([]);
    if (startsAfter > 1) expect(node.check(startsAfter - 1, wrong)).toEqual([]);
    const faults = node.faults(1, wrong);
    expect([...faults.keys()]).toEqual([id]);
    expect(faults.get(id)).toMatchObject({
      name: id.split(' ')[0] as AlertName,
      since: (10 + 1) * CHECK,
      message: expect.stringMatching(/\.$/),
      action: expect.stringMatching(/\.$/),
    });
    expect(node.check(20, wrong)).toEqual([id]);
    if (endsAfter > 1) expect(node.check(endsAfter - 1)).toEqual([id]);
    expect(node.check(1)).toEqual([]);
  });

  it.each(STATES.filter(([, , endsAfter]) => endsAfter > 1))(
    '%s neither starts nor ends by a state that comes and goes',
    (id, startsAfter, _, wrong) => {
      const node = new Watched();
      for (let times = 0; times < 10; times++) {
        expect(node.check(startsAfter - 1, wrong)).toEqual([]);
        expect(node.check(1)).toEqual([]);
      }
      expect(node.check(startsAfter, wrong)).toEqual([id]);
      for (let times = 0; times < 10; times++) {
        expect(node.check(1)).toEqual([id]);
        expect(node.check(1, wrong)).toEqual([id]);
      }
    },
  );

  it('undelivered invalidations end below a second', () => {
    const node = new Watched();
    const waiting = (deliveryLag: number) => ({ health: { ...FINE.health, deliveryLag, settled: false } });
    expect(node.check(5, waiting(9999))).toEqual([]);
    expect(node.check(1, waiting(10_000))).toHaveLength(1);
    expect(node.check(5, waiting(1000))).toHaveLength(1);
    expect(node.check(1, waiting(999))).toEqual([]);
  });

  it('does not change while the state cannot be read', () => {
    const node = new Watched();
    const failing = { jobs: [{ name: 'tidy', consecutiveFailures: 3, overdueSince: undefined, paused: undefined }] };
    expect(node.check(1, failing)).toEqual(['job-failing tidy']);
    expect(node.check(20, { jobs: undefined, deadlines: undefined })).toEqual(['job-failing tidy']);
    expect(node.check(1)).toEqual([]);
  });

  it('is one for each job', () => {
    const node = new Watched();
    const job = { consecutiveFailures: 5, overdueSince: undefined, paused: undefined };
    const both = [
      { name: 'one', ...job },
      { name: 'two', ...job },
    ];
    expect(node.check(1, { jobs: both })).toEqual(['job-failing one', 'job-failing two']);
    expect(node.check(1, { jobs: both.slice(1) })).toEqual(['job-failing two']);
  });

  it('about Redis needs a Redis, and a lost one is not a late journal too', () => {
    const lost = { health: { ...FINE.health, current: false, problem: 'no answer' } };
    expect(new Watched().check(9, { ...lost, isShared: false })).toEqual([]);
    expect(new Watched().check(9, lost)).toEqual(['redis-lost']);
  });
});

describe('hit-rate-low', () => {
  const good = { hits: 90, misses: 10 };
  const bad = { hits: 30, misses: 70 };

  it('starts below 70 % of the hour before, and ends at 85 % of it', () => {
    const node = new Watched();
    expect(node.check(30 * MINUTE, {}, good)).toEqual([]);
    const faults = node.faults(5 * MINUTE, {}, bad);
    expect([...faults.keys()]).toEqual(['hit-rate-low']);
    expect(faults.get('hit-rate-low')?.message).toMatch(
      /^The hit rate is \d\d % .*; it was \d\d % in the hour before\.$/,
    );
    // 75 % of the past does not end it.
    expect(node.check(10 * MINUTE, {}, { hits: 68, misses: 32 })).toEqual(['hit-rate-low']);
    expect(node.check(10 * MINUTE, {}, { hits: 78, misses: 22 })).toEqual([]);
  });

  it('does not take a bad hour for the standard while it lasts', () => {
    const node = new Watched();
    node.check(30 * MINUTE, {}, good);
    expect(node.check(180 * MINUTE, {}, bad)).toEqual(['hit-rate-low']);
  });

  it('does not start at a slow decline within the bounds, soon after the start, or with few calls', () => {
    const declining = new Watched();
    for (let hits = 90; hits > 66; hits--)
      expect(declining.check(5 * MINUTE, {}, { hits, misses: 100 - hits })).toEqual([]);
    const young = new Watched();
    young.check(8 * MINUTE, {}, good);
    expect(young.check(5 * MINUTE, {}, bad)).toEqual([]);
    const idle = new Watched();
    idle.check(60 * MINUTE, {}, good);
    expect(idle.check(30 * MINUTE, {}, { misses: 1 })).toEqual([]);
  });
});

describe('memory-small', () => {
  it('starts when half of the loads evict a value, and ends below a quarter', () => {
    const node = new Watched();
    expect(node.check(30 * MINUTE, {}, { loads: 100, evictions: 40 })).toEqual([]);
    expect(node.check(10 * MINUTE, {}, { loads: 100, evictions: 60 })).toEqual(['memory-small']);
    expect(node.check(10 * MINUTE, {}, { loads: 100, evictions: 30 })).toEqual(['memory-small']);
    expect(node.check(10 * MINUTE, {}, { loads: 100, evictions: 20 })).toEqual([]);
  });

  it('does not start at a few evictions', () => {
    expect(new Watched().check(30 * MINUTE, {}, { loads: 3, evictions: 3 })).toEqual([]);
  });
});

describe('stale-reads', () => {
  it('starts with the first finding, and ends ten minutes after the last', () => {
    const node = new Watched();
    expect(node.check(10)).toEqual([]);
    expect(node.check(1, {}, { staleReads: 1 })).toEqual(['stale-reads']);
    expect(node.check(9 * MINUTE)).toEqual(['stale-reads']);
    expect(node.check(1, {}, { staleReads: 2 })).toEqual(['stale-reads']);
    expect(node.check(9 * MINUTE)).toEqual(['stale-reads']);
    expect(node.check(3 * MINUTE)).toEqual([]);
  });
});

describe('the past', () => {
  it('is bounded, and an hour long at least', () => {
    const past = new Past();
    for (let at = 0; at < 10 * 3_600_000; at += 1000) past.add(at, { ...NONE, hits: at / 1000 });
    expect(past.length).toBeGreaterThanOrEqual(65 * 60_000);
    expect(past.length).toBeLessThan(70 * 60_000);
    expect(past.between(600_000, 300_000).hits).toBe(300);
  });
});
