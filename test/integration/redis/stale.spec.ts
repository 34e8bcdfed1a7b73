import { expect, it } from '@jest/globals';
import { LOADS } from '../../support/callers/caller-messages.js';
import { Callers } from '../../support/callers/callers.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const PROCESSES = 4;
const CALLERS = 500;
const LOAD_TIME = 800;
const TTL = 2000;

it('a stale value is answered at once in every process of a fleet, and one of them fetches a new one', async () => {
  const server = await RedisServer.start();
  const cached = { ttl: TTL, staleWhileRevalidate: '1m' } as const;
  const callers = await Callers.start(PROCESSES, {
    redis: server.url,
    callers: CALLERS,
    loadTime: LOAD_TIME,
    firstDies: false,
    cached,
  });
  const loads = async () => Number(await server.command('GET', LOADS));
  const all = (value: string) => Array(PROCESSES).fill([[value, CALLERS]]);
  try {
    const cold = await callers.ask();
    expect(cold.map(valuesOf)).toEqual(all('what load 1 brought'));

    const stale = await callers.ask(TTL + 100);
    expect(stale.map(valuesOf)).toEqual(all('what load 1 brought'));
    expect(Math.max(...stale.map(took))).toBeLessThan(LOAD_TIME);
    console.info('A stale key: ms until all of a process had it', stale.map(took));

    // Those that did not load still have the old value in memory: asked for, it is replaced by what the other has stored.
    await callers.ask(2 * LOAD_TIME);
    const fresh = await callers.ask();
    expect(fresh.map(valuesOf)).toEqual(all('what load 2 brought'));
    expect(await loads()).toBe(2);
  } finally {
    await callers.stop();
    await server.stop();
  }
}, 60_000);

type Answered = Exclude<Awaited<ReturnType<Callers['ask']>>[number], 'killed'>;

function valuesOf(outcome: Answered | 'killed'): Answered['values'] {
  return outcome === 'killed' ? [] : outcome.values;
}

function took(outcome: Answered | 'killed'): number {
  return outcome === 'killed' ? Number.NaN : outcome.took;
}
