import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { AppModule, FindOrder, ShipOrder } from './app.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const queries = app.get(QueryBus);
assert.equal((await queries.execute(new FindOrder('7'))).run, 1);
assert.equal((await queries.execute(new FindOrder('7'))).run, 1);
await app.get(CommandBus).execute(new ShipOrder('7'));
assert.equal((await queries.execute(new FindOrder('7'))).run, 2);
await app.close();
