import { expect, it } from '@jest/globals';
import type * as BullMq from 'bullmq';
import { boundedWaits } from './bounded-waits.js';

type Backend = Pick<BullMq.RedisQueueBackend, 'waitForJob' | 'reconnectBlocking'>;

const never = () => new Promise<never>(() => {});

/** A backend with a stand-in for BullMQ's, and a limit of 5 ms. */
function bounded(backend: Partial<Backend>): Backend {
  const make = () =>
    ({ waitForJob: never, reconnectBlocking: never, ...backend }) as unknown as BullMq.RedisQueueBackend;
  return boundedWaits(make, 5)('jobs', { connection: {} });
}

it('ends a wait that BullMQ never ends, as one in which nothing came', async () => {
  expect(await bounded({}).waitForJob(1)).toBeNull();
});

it('rejects a reconnect that never ends', async () => {
  await expect(bounded({}).reconnectBlocking()).rejects.toMatchObject({ reason: 'timeout' });
});

it('waits a second at most for a tick that is far away', async () => {
  const waits: number[] = [];
  const backend = bounded({
    waitForJob: async (seconds) => {
      waits.push(seconds);
      return null;
    },
  });
  await backend.waitForJob(10);
  await backend.waitForJob(0.2);
  expect(waits).toEqual([1, 0.2]);
});

it('returns the markers and the errors of BullMQ', async () => {
  const marker = { member: '0', score: 7 };
  expect(await bounded({ waitForJob: async () => marker }).waitForJob(1)).toBe(marker);
  const failing = bounded({ waitForJob: () => Promise.reject(new Error('NOPERM')) });
  await expect(failing.waitForJob(1)).rejects.toThrow('NOPERM');
});
