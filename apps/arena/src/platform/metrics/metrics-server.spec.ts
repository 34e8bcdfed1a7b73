import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Meter } from './meter.js';
import { MetricsServer } from './metrics-server.js';

it('names the variable if another program has the port', async () => {
  const other = createServer().listen(0);
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const server = new MetricsServer({} as Meter, port);
  await expect(server.onApplicationBootstrap()).rejects.toMatchObject({
    problems: [`invalid ARENA_METRICS_PORT: got ${port} (EADDRINUSE), expected a free port`],
  });
  await server.onApplicationShutdown();
  other.close();
});

it('answers with the metrics, and stops although a client keeps its connection open', async () => {
  const meter = { answer: (_: unknown, response: { end(text: string): void }) => response.end('# metrics') };
  const server = new MetricsServer(meter as unknown as Meter, 0);
  await server.onApplicationBootstrap();
  const answer = await fetch(`http://localhost:${server.address}/metrics`);
  expect(await answer.text()).toBe('# metrics');
  await server.onApplicationShutdown();
});
