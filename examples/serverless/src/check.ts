import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handler } from './app.js';

const platform = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
await once(platform, 'listening');
const { port } = platform.address() as AddressInfo;
const get = async () => (await fetch(`http://127.0.0.1:${port}/items/7`, { headers: { connection: 'close' } })).json();
assert.deepEqual(await get(), { id: '7', load: 1 });
assert.deepEqual(await get(), { id: '7', load: 1 });
platform.close();
await once(platform, 'close');
// The process ends by itself: nothing of Larder or Nest is left that would keep it.
