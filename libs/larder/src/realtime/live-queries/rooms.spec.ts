import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Tracing } from '../../base/signals/tracer.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { Rooms } from './rooms.js';

let clock: FakeClock;
let rooms: Rooms;
let told: string[];

const subscriber = (name: string) => ({ queryName: 'Q.q', tell: async () => void told.push(name) });

/** Advances the clock and awaits the notifications that this starts. */
async function pass(milliseconds: number): Promise<void> {
  clock.advance(milliseconds);
  for (let turns = 0; turns < 10; turns++) await turn();
}

beforeEach(() => {
  clock = new FakeClock();
  rooms = new Rooms({ clock, interval: 1000, random: () => 1, tracing: new Tracing() });
  told = [];
});

describe('a room', () => {
  it('notifies its members at once, then once per interval, and after the last change', async () => {
    rooms.join('q', [1, 2], subscriber('a'));
    for (let change = 0; change < 5; change++) rooms.changed([1]);
    await pass(0);
    expect(told).toEqual(['a']);
    for (let change = 0; change < 5; change++) rooms.changed([2]);
    await pass(999);
    expect(told).toEqual(['a']);
    await pass(1);
    expect(told).toEqual(['a', 'a']);
    await pass(5000);
    expect(told).toEqual(['a', 'a']);
  });

  it('notifies its members of a change that arrives during a notification', async () => {
    const slow = { queryName: 'Q.q', tell: async () => void (told.push('slow') === 1 && rooms.changed([1])) };
    rooms.join('q', [1], slow);
    rooms.changed([1]);
    await pass(0);
    await pass(1000);
    expect(told).toEqual(['slow', 'slow']);
  });

  it('notifies its members of a change of the root, and not of slots it does not depend on', async () => {
    rooms.join('q', [1], subscriber('a'));
    rooms.join('r', [2], subscriber('b'));
    rooms.changed([2, 3]);
    await pass(0);
    expect(told).toEqual(['b']);
    rooms.changed([0]);
    await pass(1000);
    expect(told).toEqual(['b', 'a', 'b']);
  });

  it('closes when its last member leaves, and sends nothing after that', async () => {
    const leave = [rooms.join('q', [1], subscriber('a')), rooms.join('q', [1], subscriber('b'))];
    rooms.changed([1]);
    leave[0]?.leave();
    await pass(0);
    expect(told).toEqual(['b']);
    rooms.changed([1]);
    leave[1]?.leave();
    await pass(5000);
    expect([told, rooms.size]).toEqual([['b'], 0]);
  });

  describe('whose value shows what it depends on', () => {
    const shown = (slots: number[], isCurrent = true) => ({ slots, isCurrent: () => isCurrent });

    it('follows that, and no longer what an earlier value depended on', async () => {
      const { follow } = rooms.join('q', [1], subscriber('a'));
      follow(shown([1, 5]));
      rooms.changed([5]);
      await pass(1000);
      follow(shown([1, 6]));
      rooms.changed([5]);
      await pass(1000);
      expect(told).toEqual(['a']);
      rooms.changed([6]);
      rooms.changed([1]);
      await pass(1000);
      expect(told).toEqual(['a', 'a']);
    });

    it('notifies its members if that has changed since the load', async () => {
      const { follow } = rooms.join('q', [1], subscriber('a'));
      follow(shown([1, 5], false));
      await pass(0);
      expect(told).toEqual(['a']);
    });

    it('notifies its members of any change while it is not known', async () => {
      const { follow } = rooms.join('q', [1], subscriber('a'));
      follow('any');
      rooms.changed([9]);
      await pass(1000);
      follow(shown([1]));
      rooms.changed([9]);
      await pass(1000);
      expect(told).toEqual(['a']);
    });

    it('notifies its members after growing pauses while no change would, at most 10 seconds', async () => {
      const { follow, leave } = rooms.join('q', [1], subscriber('a'));
      const pauses: number[] = [];
      for (let time = 0; time < 6; time++) {
        follow('retry');
        const [before, began] = [told.length, clock.elapsed()];
        while (told.length === before) await pass(500);
        pauses.push(clock.elapsed() - began);
      }
      expect(pauses).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
      follow(shown([1]));
      follow('retry');
      follow(shown([1]));
      await pass(1000);
      // One of its members may have an older value.
      expect(told).toHaveLength(7);
      follow('retry');
      leave();
      await pass(60_000);
      expect(told).toHaveLength(7);
    });
  });
});
