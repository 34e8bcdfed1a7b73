import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { PROMETHEUS_NAMES } from '../support/prometheus-names.js';
import { promtool } from '../support/promtool.js';
import { freePort } from '../support/servers/free-port.js';

const TOKEN = 'a-token-of-prometheus';

it('a short token and an impossible port are refused, and the token is not shown', async () => {
  const reading = readOptions({ ARENA_METRICS_TOKEN: 'short-one' });
  await expect(reading).rejects.toThrow(/invalid ARENA_METRICS_TOKEN \(not shown\): expected 16 to 1024 visible/);
  await expect(readOptions({ ARENA_METRICS_PORT: '65536' })).rejects.toThrow(/invalid ARENA_METRICS_PORT/);
});

describe('with a token and a port', () => {
  let arena: RunningArena;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    arena = await runArena({ metricsToken: TOKEN, metricsPort: port });
  }, 60_000);
  afterAll(() => arena.close());

  const metrics = (authorization: string) =>
    fetch(`${arena.url}/metrics`, { headers: { Authorization: authorization } });

  it.each(['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN])(
    'the route refuses %s',
    async (authorization) => {
      const response = await metrics(authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="arena metrics"');
      expect(await response.text()).not.toContain('larder_');
    },
  );

  it('promtool accepts the metrics, and all of them are in the reference', async () => {
    for (let read = 0; read < 70; read++) await arena.get('/marketplace/items?q=cue');
    await arena.get('/v1/tournaments');
    const response = await metrics(`Bearer ${TOKEN}`);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain/),
    ]);
    const text = await response.text();
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
    const samples = [...text.matchAll(/^(larder_\w+)\{([^}]*)\} (\S+)/gm)];
    const names = new Set(samples.map(([, name]) => name as string));
    expect([...names].filter((name) => !PROMETHEUS_NAMES.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(25);
    const hits = samples.find(
      ([, name, labels = '']) =>
        name === 'larder_cache_requests_total' &&
        labels.includes('larder_method="MarketplaceController.list"') &&
        labels.includes('larder_result="hit"'),
    );
    expect(Number(hits?.[3])).toBeGreaterThanOrEqual(60);
    expect(text).toMatch(/^db_client_connections\{[^}]*pool_name="arena"[^}]*state="idle"[^}]*\} [1-9]/m);
    expect((await promtool(['check', 'metrics'], text.replaceAll(/^# HELP .*\n/gm, ''))).code).not.toBe(0);
  });

  it('the port serves the metrics and nothing else, without a token', async () => {
    const url = `http://localhost:${port}`;
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('larder_cache_requests_total');
    for (const path of ['/', '/health', '/marketplace/items/5']) expect((await fetch(url + path)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  });
});
