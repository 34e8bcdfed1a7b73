import { expect, test } from '@jest/globals';
import { Pace } from './pace.js';

/** How often the pace is exceeded in a million reads, of which so many come in a millisecond of processor time. */
function excesses(readsPerMillisecond: number): number {
  let reads = 0;
  const pace = new Pace(() => reads / readsPerMillisecond);
  let count = 0;
  for (; reads < 1_000_000; reads++) if (pace.isExceeded()) count++;
  return count;
}

test('allows what one percent of the processor time is enough for', () => {
  expect(excesses(7)).toBe(0);
  expect(excesses(9)).toBeGreaterThan(0);
  expect(excesses(1000)).toBeGreaterThan(100);
});
