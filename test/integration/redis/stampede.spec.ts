import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LOADS } from '../../support/callers/caller-messages.js';
import { Callers, type Outcome } from '../../support/callers/callers.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const PROCESSES = 4;
const CALLERS = 1000;
const LOAD_TIME = 50;

let server: RedisServer;

beforeEach(async () => {
  server = await RedisServer.start();
});
afterEach(() => server.stop());

/** Lets all processes request the cold key; returns their outcomes and the number of loads. */
async function stampede(firstDies: boolean): Promise<{ outcomes: Outcome[]; loads: number }> {
  const options = { redis: server.url, callers: CALLERS, loadTime: LOAD_TIME, firstDies };
  const callers = await Callers.start(PROCESSES, options);
  try {
    const outcomes = await callers.ask();
    return { outcomes, loads: Number(await server.command('GET', LOADS)) };
  } finally {
    await callers.stop();
  }
}

const allAnswered = (value: string) => ({ type: 'answered', values: [[value, CALLERS]], took: expect.any(Number) });

it('a whole fleet that requests a cold key at once loads it once', async () => {
  const { outcomes, loads } = await stampede(false);
  expect(loads).toBe(1);
  expect(outcomes).toEqual(Array(PROCESSES).fill(allAnswered('what load 1 brought')));
  console.info('A cold key: ms until all of a process had it', outcomes.map(took));
}, 60_000);

it('when the loading process is killed, one other loads for all that are left', async () => {
  const { outcomes, loads } = await stampede(true);
  const left = outcomes.filter((outcome) => outcome !== 'killed');
  expect(loads).toBe(2);
  expect(left).toEqual(Array(PROCESSES - 1).fill(allAnswered('what load 2 brought')));
  console.info('The loading process killed: ms until all of a process had it', left.map(took));
}, 60_000);

it.each([false, true])(
  'batches and single reads of the same cold keys load each once; one process is killed: %s',
  async (firstDies) => {
    const batch = 20;
    const options = { redis: server.url, callers: 2 * batch, loadTime: LOAD_TIME, firstDies, batch };
    const callers = await Callers.start(PROCESSES, options);
    try {
      const outcomes = (await callers.ask()).filter((outcome) => outcome !== 'killed');
      const all = [
        [Array(batch).fill('loaded').join(' '), 1],
        ['loaded', 2 * batch - 1],
      ];
      expect(outcomes).toEqual(
        Array(PROCESSES - Number(firstDies)).fill({ type: 'answered', values: all, took: expect.any(Number) }),
      );
      const loads = Number(await server.command('GET', LOADS));
      if (firstDies) expect(loads).toBeLessThanOrEqual(2 * batch);
      else expect(loads).toBe(batch);
    } finally {
      await callers.stop();
    }
  },
  60_000,
);

function took(outcome: Outcome): number {
  return outcome === 'killed' ? Number.NaN : outcome.took;
}
