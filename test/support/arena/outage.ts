import { expect } from '@jest/globals';
import type { ArenaFleet } from './arena-fleet.js';
import { Traffic } from './traffic.js';
import { medianVisibility } from './visibility.js';

/** Answered requests before an outage, and after it. */
const REQUESTS = 300;

/**
 * In milliseconds. Writes that only a lost master had acknowledged are missing until their arena has connected to the new
 * master (P3a), once Sentinel or the cluster has closed the old connection.
 */
export const REJOIN = 1000;

/** Every change on one arena becomes visible on the other. `npm run bench -- redis-invalidation` measures the delay. */
export async function expectVisible(fleet: ArenaFleet, changes: number): Promise<void> {
  const median = await medianVisibility(fleet.arenas, changes);
  console.info(`A change on one arena is seen on the other after ${median.toFixed(1)} ms (median of ${changes})`);
}

/**
 * Runs an outage of Redis under steady traffic. No request fails and no read is staler than the bound. Afterwards the
 * arenas see each other's changes again.
 */
export async function expectUnharmed(
  fleet: ArenaFleet,
  outage: (traffic: Traffic) => Promise<void>,
  rejoin = 0,
): Promise<void> {
  const traffic = Traffic.on(fleet.arenas, rejoin);
  try {
    await traffic.untilAnswered(REQUESTS);
    const broken = performance.now();
    await outage(traffic);
    await traffic.untilAnswered(REQUESTS);
    const [usual, longest] = [traffic.longest(0, broken), traffic.longest(broken, Number.POSITIVE_INFINITY)];
    console.info(
      `The longest request took ${usual.toFixed(0)} ms before the outage and ${longest.toFixed(0)} ms since`,
    );
  } finally {
    await traffic.stop();
  }
  expect(traffic.faults).toEqual([]);
  expect(fleet.isRunning).toBe(true);
  await expectVisible(fleet, 10);
}
