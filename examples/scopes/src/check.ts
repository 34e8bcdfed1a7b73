import assert from 'node:assert/strict';
import { ContextIdFactory, NestFactory } from '@nestjs/core';
import { AppModule, ByTenant, counts } from './app.js';

ContextIdFactory.apply(new ByTenant());
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const get = async (path: string, tenant = 'a') =>
  (await fetch(`${url}/${path}`, { headers: { 'x-tenant': tenant } })).json();
assert.deepEqual(await get('prices/cue'), { item: 'cue', load: 1 });
assert.deepEqual(await get('prices/cue'), { item: 'cue', load: 1 });
assert.deepEqual(await get('settings', 'a'), { tenant: 'a', load: 1 });
assert.deepEqual(await get('settings', 'a'), { tenant: 'a', load: 1 });
assert.deepEqual(await get('settings', 'b'), { tenant: 'b', load: 2 });
assert.equal(counts.instances, 2);
await app.close();
