import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
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
  rooms = new Rooms(clock, 1000);
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
    leave[0]?.();
    await pass(0);
    expect(told).toEqual(['b']);
    rooms.changed([1]);
    leave[1]?.();
    await pass(5000);
    expect([told, rooms.size]).toEqual([['b'], 0]);
  });
});
