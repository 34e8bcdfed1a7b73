import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { ArenaFleet } from './arena-fleet.js';
import { Traffic } from './traffic.js';
import { medianVisibility } from './visibility.js';

/** How long a call of Redis may take by default, in milliseconds. */
const DEADLINE = 250;
/** What a busy machine may add at least, in milliseconds; one that takes longer for everything may add as much again. */
const MARGIN = 500;
/** In milliseconds: what is soon enough for people who look at two arenas. */
const AT_ONCE = 50;

/**
 * In milliseconds. What a master acknowledged and took with it is missing until the arena that wrote it has come to the new
 * master (P3a), which it notices once Sentinel or the cluster has closed its connection.
 */
export const REJOIN = 1000;

/** The median time in which a change on one arena is seen on the other, which has to be short. */
export async function expectVisibleAtOnce(fleet: ArenaFleet, changes: number): Promise<void> {
  const median = await medianVisibility(fleet.arenas, changes);
  console.info(`A change on one arena is seen on the other after ${median.toFixed(1)} ms (median of ${changes})`);
  expect(median).toBeLessThan(AT_ONCE);
}

/**
 * Something happens to Redis under steady traffic. Nobody fails, nobody waits longer than usual by more than a deadline,
 * nobody sees what is too old, and afterwards the arenas see each other's changes at once again.
 */
export async function expectUnharmed(fleet: ArenaFleet, outage: () => Promise<void>, rejoin = 0): Promise<void> {
  const traffic = Traffic.on(fleet.arenas, rejoin);
  const begun = performance.now();
  await delay(3000);
  const broken = performance.now();
  await outage();
  await delay(2000);
  await traffic.stop();
  const usual = traffic.longest(begun, broken);
  const longest = traffic.longest(broken, Number.POSITIVE_INFINITY);
  const figures = `${traffic.requests.length} requests, the longest ${usual.toFixed(0)} ms before and ${longest.toFixed(0)} ms since`;
  console.info(`Of ${figures} the outage began`);
  expect(traffic.faults).toEqual([]);
  expect(longest).toBeLessThan(usual + DEADLINE + Math.max(MARGIN, usual));
  expect(fleet.isRunning).toBe(true);
  await expectVisibleAtOnce(fleet, 10);
}
