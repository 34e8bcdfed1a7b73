import { expect, it } from '@jest/globals';
import { defineDeadline } from '../background/deadlines/define-deadline.js';
import { FakeClock } from '../testing/fake-clock.js';
import { figuresOf, type Watched } from './figures.js';

const HEALTH = { current: true, problem: undefined, deliveryLag: 0, settled: true };
const TOTALS = {
  entries: 0,
  bytes: 0,
  evictions: 7,
  expirations: 0,
  dropped: 0,
  invalidatedDuringLoad: 0,
  uncacheable: 0,
  invalidations: 0,
};

function watched(clock: FakeClock, read: () => Promise<never>): Watched {
  const deadline = defineDeadline({ name: 'offers', every: '1m', expire: async () => {} });
  return {
    clock,
    cache: { isShared: true, health: async () => HEALTH },
    report: () => ({ calls: { h: 3, s: 2, m: 4, l: 1 }, totals: TOTALS }),
    feed: { status: () => ({ state: 'off', lag: undefined, gaps: [] }) },
    jobs: { list: read },
    parts: () => [Object.assign(deadline, { status: read })],
  };
}

it('end after five seconds if Redis does not answer, and at once if it cannot be asked', async () => {
  const clock = new FakeClock();
  const never = figuresOf(watched(clock, () => new Promise(() => {})));
  clock.advance(5000);
  const unread = { jobs: undefined, deadlines: undefined };
  expect(await never).toMatchObject({ ...unread, at: 5000, isShared: true, health: HEALTH });
  expect(await figuresOf(watched(clock, () => Promise.reject(new Error('gone'))))).toMatchObject(unread);
});

it('have the counts of the whole cache', async () => {
  const { counts } = await figuresOf(watched(new FakeClock(), () => Promise.reject(new Error('gone'))));
  expect(counts).toEqual({ hits: 5, misses: 4, loads: 1, evictions: 7, staleReads: 0 });
});
