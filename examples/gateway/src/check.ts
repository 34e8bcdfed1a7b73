import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { io } from 'socket.io-client';
import { AppModule } from './app.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const socket = io(await app.getUrl(), { transports: ['websocket'] });
const ask = (event: string) => socket.timeout(10_000).emitWithAck(event, 'final');
assert.deepEqual(await ask('score'), { match: 'final', load: 1 });
assert.deepEqual(await ask('score'), { match: 'final', load: 1 });
await ask('goal');
assert.deepEqual(await ask('score'), { match: 'final', load: 2 });
socket.close();
await app.close();
