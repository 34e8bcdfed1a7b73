import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './clock.js';

/** Blocks this turn until the time has moved on. */
function busyUntilLater(clock: SystemClock): number {
  const start = clock.elapsed();
  while (clock.elapsed() === start);
  return clock.elapsed();
}

describe('SystemClock', () => {
  it('reads the time once per turn of the event loop', async () => {
    const clock = new SystemClock();
    const first = clock.turn();
    const later = busyUntilLater(clock);
    expect(clock.turn()).toBe(first);
    await nextTurn();
    expect(clock.turn()).toBeGreaterThanOrEqual(later);
  });

  it('reads it again in a turn that asks many times', () => {
    const clock = new SystemClock();
    clock.turn();
    const later = busyUntilLater(clock);
    let seen = 0;
    for (let use = 0; use < 1000; use++) seen = clock.turn();
    expect(seen).toBeGreaterThanOrEqual(later);
    expect(seen).toBeLessThanOrEqual(clock.elapsed());
  });

  it('cancels a delayed task', async () => {
    const clock = new SystemClock();
    const ran: string[] = [];
    const cancel = clock.after(0, () => ran.push('cancelled'));
    cancel();
    await new Promise<void>((resolve) => {
      const keepAlive = setInterval(() => {}, 1000);
      clock.after(1, () => {
        clearInterval(keepAlive);
        ran.push('run');
        resolve();
      });
    });
    expect(ran).toEqual(['run']);
  });

  describe('with a delay longer than the longest timer', () => {
    const DAY = 86_400_000;

    afterEach(() => {
      jest.useRealTimers();
    });

    it.each([25, 30, 60, 365])('runs the task once, after %i days', (days) => {
      jest.useFakeTimers();
      let runs = 0;
      new SystemClock().after(days * DAY, () => runs++);
      jest.advanceTimersByTime(days * DAY - 1);
      expect(runs).toBe(0);
      jest.advanceTimersByTime(days * DAY);
      expect(runs).toBe(1);
    });

    it('never runs a task with a delay of Infinity, and holds no timer for it', () => {
      jest.useFakeTimers();
      new SystemClock().after(Number.POSITIVE_INFINITY, () => {});
      expect(jest.getTimerCount()).toBe(0);
    });

    it('cancels it at any time', () => {
      jest.useFakeTimers();
      const cancel = new SystemClock().after(60 * DAY, () => {});
      jest.advanceTimersByTime(30 * DAY);
      cancel();
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
