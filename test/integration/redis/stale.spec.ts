import { isDeepStrictEqual } from 'node:util';
import { expect, it } from '@jest/globals';
import { GATE, LOADS } from '../../support/callers/caller-messages.js';
import { Callers } from '../../support/callers/callers.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const PROCESSES = 4;
const CALLERS = 500;
const TTL = 2000;

it('every process of a fleet serves the stale value at once while one of them refreshes it', async () => {
  const server = await RedisServer.start();
  const cached = { ttl: TTL, staleWhileRevalidate: '1m' } as const;
  const callers = await Callers.start(PROCESSES, {
    redis: server.url,
    callers: CALLERS,
    loadTime: 0,
    firstDies: false,
    isHeld: true,
    cached,
  });
  const loads = async () => Number(await server.command('GET', LOADS));
  const all = (value: string) => Array(PROCESSES).fill([[value, CALLERS]]);
  try {
    const cold = await callers.ask();
    expect(cold.map(valuesOf)).toEqual(all('what load 1 brought'));

    const stale = await callers.ask(TTL + 100);
    expect(stale.map(valuesOf)).toEqual(all('what load 1 brought'));
    // All processes read before the new value could arrive.
    await until(async () => (await loads()) === 2);
    await server.command('LPUSH', GATE, 'go');

    // The others still have the old value in memory: a read replaces it by the stored new one.
    const old = all('what load 1 brought')[0];
    await until(async () => (await callers.ask()).every((one) => !isDeepStrictEqual(valuesOf(one), old)));
    const fresh = (await callers.ask()).flatMap(valuesOf).map(([value]) => value);
    expect(fresh).not.toContain('what load 1 brought');
  } finally {
    await callers.stop();
    await server.stop();
  }
}, 60_000);

type Answered = Exclude<Awaited<ReturnType<Callers['ask']>>[number], 'killed'>;

function valuesOf(outcome: Answered | 'killed'): Answered['values'] {
  return outcome === 'killed' ? [] : outcome.values;
}
