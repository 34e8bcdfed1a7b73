import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { AppModule } from './app.js';

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
server.close();
await once(server, 'close');
const options = { host: '127.0.0.1', port };

const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.TCP,
  options,
  logger: ['error', 'warn'],
});
await app.listen();
const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
const price = () => firstValueFrom(client.send<{ load: number }>('price', { item: 'cue' }));
assert.equal((await price()).load, 1);
assert.equal((await price()).load, 1);
await firstValueFrom(client.emit('price-changed', { item: 'cue' }), { defaultValue: undefined });
// The event has no answer; a connection handles its messages in order.
while ((await price()).load === 1);
assert.equal((await price()).load, 2);
await client.close();
await app.close();
