import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.js';
import { LiveFigures } from './live-figures.js';

let server: Server;
afterEach(() => {
  server.close();
});

async function pageOf(live: LiveFigures): Promise<string> {
  server = createServer((_, response) => live.add(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

it('ends the responses when the figures cannot be read, and sends them to the next page', async () => {
  let isBroken = true;
  const live = new LiveFigures(async () => {
    if (isBroken) throw new TypeError('another release published another form');
    return { hits: 7 };
  }, new FakeClock());
  const url = await pageOf(live);
  expect(await (await fetch(url)).text()).toBe('');
  isBroken = false;
  const next = await fetch(url);
  const { value } = (await next.body?.getReader().read()) ?? {};
  expect(new TextDecoder().decode(value)).toBe('data: {"hits":7}\n\n');
  live.close();
});
