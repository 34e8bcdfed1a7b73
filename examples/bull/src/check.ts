import assert from 'node:assert/strict';
import { getQueueToken } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { type Queue, QueueEvents } from 'bullmq';
import { AppModule } from './app.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const queue = app.get<Queue>(getQueueToken('invoices'));
const events = new QueueEvents('invoices', { connection: queue.opts.connection });
await events.waitUntilReady();
const run = async (isLast = false) =>
  (await queue.add('invoice', { customer: '7', isLast })).waitUntilFinished(events, 20_000);
assert.equal(await run(), 1);
assert.equal(await run(true), 1);
assert.equal(await run(), 2);
await events.close();
await app.close();
