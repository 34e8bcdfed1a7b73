import { describe, expect, it } from '@jest/globals';
import { type ReplayResult, replayWeek } from '../../../../test/support/warming/replayed-week.js';
import {
  evenly,
  MINUTE,
  neverAgain,
  passingFashions,
  type Week,
  weekOf,
} from '../../../../test/support/warming/week.js';
import { ReadRequest } from '../cache/state/read-request.js';
import { toSettings } from '../config/settings.js';
import { createEngine } from '../create-cache.js';
import { FakeClock } from '../testing/fake-clock.js';

const PARTS = { createEngine, toSettings, FakeClock, ReadRequest };

/** Numbers from 0 up to 1, the same in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function both(week: Week): Promise<{ without: ReplayResult; warmed: ReplayResult }> {
  return { without: await replayWeek(week, false, PARTS), warmed: await replayWeek(week, true, PARTS) };
}

describe('predictive warming', () => {
  it('halves the misses at the begin of peaks and after deploys, with a tenth more loads at most', async () => {
    const methods = [
      { name: 'Pages.article', keys: 60, ttl: 10 * MINUTE, share: 0.5, skew: 0.9 },
      { name: 'Catalog.item', keys: 50, ttl: 30 * MINUTE, share: 0.35, skew: 0.8 },
      { name: 'Reports.of', keys: 10, ttl: 20 * MINUTE, share: 0.15, skew: 0.7 },
    ];
    const { without, warmed } = await both(weekOf({ days: 4, rates: [0.02, 0.15, 0.8], methods }, randomOf(11)));
    expect(without.peakMisses).toBeGreaterThan(100);
    expect(warmed.peakMisses).toBeLessThanOrEqual(0.5 * without.peakMisses);
    expect(without.deployMisses).toBeGreaterThan(30);
    expect(warmed.deployMisses).toBeLessThanOrEqual(0.5 * without.deployMisses);
    expect(warmed.loads).toBeLessThanOrEqual(1.1 * without.loads);
  }, 90_000);

  it('loads nothing where no key comes again', async () => {
    const { without, warmed } = await both(neverAgain(0.1, 1, randomOf(12)));
    expect(warmed).toMatchObject({ loads: without.loads, warmed: { loads: 0 }, events: [] });
  }, 90_000);

  it('makes hardly any load where each key is as likely as the others', async () => {
    const { without, warmed } = await both(evenly(0.2, 1, 5000, randomOf(14)));
    expect(warmed.loads).toBeLessThanOrEqual(1.02 * without.loads);
  }, 90_000);

  it('pauses where the past tells nothing, and makes a tenth more loads at most', async () => {
    const { without, warmed } = await both(passingFashions(0.7, 1, randomOf(13)));
    expect(warmed.events.slice(0, 2)).toEqual(['predictive-warming-paused', 'predictive-warming-resumed']);
    expect(warmed.loads).toBeLessThanOrEqual(1.1 * without.loads);
  }, 90_000);
});
